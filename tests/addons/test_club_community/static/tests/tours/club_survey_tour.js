import { registry } from "@web/core/registry";

const QUESTION = ".o_survey_form .js_question-wrapper";

function submit(value) {
    return {
        content: `The button “${value}”`,
        trigger: `.o_survey_form button[value='${value}']:not(.disabled)`,
        run: "click",
    };
}

function choose(place) {
    return {
        content: `The first answer to question ${place}`,
        trigger: `${QUESTION}:eq(${place}) .o_survey_choice_btn:first`,
        run: "click",
    };
}

/**
 * “Getting to know you” as it ships, page by page.
 *
 * @param {string} birthday a day as the person's language writes it
 */
function fillIn(birthday) {
    return () => [
        submit("start"),
        choose(0),
        submit("next"),
        {
            content: "The birthday",
            trigger: `${QUESTION} input.o_survey_question_date`,
            run: `edit ${birthday}`,
        },
        {
            content: "What one does not eat",
            trigger: `${QUESTION}:eq(1) input`,
            run: "edit No fish",
        },
        submit("next"),
        {
            content: "A page with circles",
            trigger: `${QUESTION} [data-question-type='multiple_choice']`,
        },
        choose(0),
        submit("next"),
        {
            content: "What one expects",
            trigger: `${QUESTION}:eq(0) textarea`,
            run: "edit Good company",
        },
        submit("next"),
        {
            content: "The portrait is asked for with the words of the consent",
            trigger: `${QUESTION} .o_club_consent_wording`,
        },
        {
            content: "Its questions are not there yet",
            trigger: `${QUESTION}:eq(2).d-none:not(:visible)`,
        },
        choose(0),
        {
            content: "Now they are",
            trigger: `${QUESTION}:eq(2):not(.d-none) .o_survey_choice_btn:first`,
            run: "click",
        },
        submit("finish"),
        {
            content: "Yes, that is all",
            trigger: ".modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "Thank you",
            trigger: ".o_survey_finished",
        },
    ];
}

registry.category("web_tour.tours").add("club_survey_en", {
    steps: fillIn("05/17/1980"),
});
registry.category("web_tour.tours").add("club_survey_ru", {
    steps: fillIn("17.05.1980"),
});
