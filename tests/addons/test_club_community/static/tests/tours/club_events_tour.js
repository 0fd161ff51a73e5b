import { payAndGo } from "./pay_steps";
import { registry } from "@web/core/registry";

/**
 * The member's way to an event: two places, one of them a guest's, paid by card.
 *
 * @param {Object} words what the pages say in the language of the member
 */
function bookAndPay(words) {
    return () => [
        {
            content: "The list says what is left",
            trigger: `.o_club_event:contains('Evening') .o_club_left:contains('${words.left}')`,
        },
        {
            content: "Open the event",
            trigger: ".o_club_event:contains('Evening')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Two places",
            trigger: "select.o_club_count",
            run: "select 2",
        },
        {
            content: "Book",
            trigger: ".o_club_to_people",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The first place is mine",
            trigger: ".o_club_person:first .o_club_person_me:contains('Anna')",
        },
        {
            content: "The guest's name is forgotten at first",
            trigger: ".o_club_book",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is asked for",
            trigger: `.o_club_person_error:contains('${words.name}')`,
        },
        {
            content: "The guest's name",
            trigger: "input[name='p1_name']",
            run: "edit Olga Guest",
        },
        {
            content: "The guest's e-mail",
            trigger: "input[name='p1_email']",
            run: "edit olga@example.com",
        },
        {
            content: "The guest agrees",
            trigger: "input[name='consent']",
            run: "check",
        },
        {
            content: "Book and pay",
            trigger: ".o_club_book",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The places are kept",
            trigger: `.o_club_kept:contains('${words.kept}')`,
        },
        ...payAndGo("/my/club/tickets"),
        {
            content: "The guest's place is confirmed",
            trigger: `.o_club_ticket_row:contains('Olga Guest') .o_club_ticket_state:contains('${words.confirmed}')`,
        },
        {
            content: "Open my own",
            trigger: ".o_club_ticket_row:contains('Anna Petrova') a.fw-bold",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It has a code",
            trigger: ".o_club_ticket_qr svg",
        },
    ];
}

registry.category("web_tour.tours").add("club_events_en", {
    steps: bookAndPay({
        left: "5 left",
        name: "Please write the name",
        kept: "Your places are kept until",
        confirmed: "Confirmed",
    }),
});
registry.category("web_tour.tours").add("club_events_ru", {
    steps: bookAndPay({
        left: "осталось мест: 5",
        name: "Пожалуйста, укажите имя",
        kept: "Места за вами до",
        confirmed: "Подтверждён",
    }),
});
