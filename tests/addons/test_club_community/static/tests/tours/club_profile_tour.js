import { registry } from "@web/core/registry";

/**
 * A member fills a section with a consent, looks at what the club knows, takes a fact
 * off and takes the consent back. Steps are found by names and classes alone, so that
 * the same tour goes in every language.
 */
const HERE = ".o_club_profile";

registry.category("web_tour.tours").add("club_profile", {
    steps: () => [
        {
            content: "From the club's page to the profile",
            trigger: ".o_club_profile_entry:has(svg[role='img'])",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The question is not for now",
            trigger: `${HERE} .o_club_question .o_club_later`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open a section",
            trigger: `${HERE} .o_club_section_person`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A day as one writes it in this country",
            trigger: ".o_club_point_club_birthday input[type='text']",
            run: "edit 5.6.1980",
        },
        {
            content: "Pets",
            trigger: ".o_club_point_club_pets input[type='text']",
            run: "edit Barsik",
        },
        {
            content: "Family",
            trigger: ".o_club_point_club_family_status select",
            run: "select married",
        },
        {
            content: "Save without the yes",
            trigger: ".o_club_save_section",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is asked for, and what was typed is kept",
            trigger: ".o_club_agree_dates .invalid-feedback",
        },
        {
            content: "Yes",
            trigger: ".o_club_agree_dates input[type='checkbox']",
            run: "click",
        },
        {
            content: "Save with the yes",
            trigger: ".o_club_save_section",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is saved; what does the club know now?",
            trigger: `body:has(.o_club_saved) ${HERE} .o_club_to_facts`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The fact is there",
            trigger: ".o_club_fact_club_pets .o_club_fact_value:contains('Barsik')",
        },
        {
            content: "Take it off",
            trigger: ".o_club_fact_club_pets .o_club_take_off summary",
            run: "click",
        },
        {
            content: "What happens is said before",
            trigger: ".o_club_fact_club_pets .o_club_forget",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is off",
            trigger: `body:not(:has(.o_club_fact_club_pets)) ${HERE} .o_club_forgotten`,
        },
        {
            content: "Take the yes back",
            trigger: ".o_club_purpose_dates .o_club_withdraw summary",
            run: "click",
        },
        {
            content: "What goes is said before",
            trigger: ".o_club_purpose_dates .o_club_withdraw:has(strong) button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "What needed it is off; the rest stays",
            trigger: `body:has(.o_club_fact_club_birthday):not(:has(.o_club_fact_club_family_status)) ${HERE} .o_club_answered`,
        },
        {
            content: "It can be given again",
            trigger: ".o_club_purpose_dates .o_club_give summary",
        },
    ],
});
