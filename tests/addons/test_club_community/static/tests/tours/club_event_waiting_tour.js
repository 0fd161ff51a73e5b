import { payAndGo } from "./pay_steps";
import { registry } from "@web/core/registry";

/**
 * A member finds an event sold out and joins its waiting list.
 *
 * @param {Object} words what the pages say in the language of the member
 */
function joinQueue(words) {
    return () => [
        {
            content: "The event is sold out",
            trigger: `.o_club_event:contains('Evening') .o_club_left:contains('${words.full}')`,
        },
        {
            content: "Open the event",
            trigger: ".o_club_event:contains('Evening')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing can be chosen: to the waiting list",
            trigger: ".o_club_events:not(:has(.o_club_count)) .o_club_to_wait",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Join it",
            trigger: `.o_club_wait_join:contains('${words.join}')`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The first in the queue",
            trigger: `.o_club_wait_waiting:contains('${words.position}') .o_club_wait_position:contains('1')`,
        },
    ];
}

/**
 * From the link of the letter: the offer, the payment by card, the ticket.
 *
 * @param {Object} words what the pages say in the language of the member
 */
function takeOffer(words) {
    return () => [
        {
            content: "It is his turn, and what it costs",
            trigger: `.o_club_wait_offered:contains('${words.turn}'):contains('100')`,
        },
        {
            content: "Take the place and pay",
            trigger: `.o_club_wait_accept:contains('${words.take}')`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The place is kept",
            trigger: `.o_club_kept:contains('${words.kept}')`,
        },
        ...payAndGo("/my/club/tickets"),
        {
            content: "It is confirmed",
            trigger: `.o_club_ticket_row:contains('Evening') .o_club_ticket_state:contains('${words.confirmed}')`,
        },
    ];
}

const WORDS = {
    en: {
        full: "Sold out",
        join: "Join the waiting list",
        position: "Your place in the queue",
        turn: "It is your turn",
        take: "Take the place and pay",
        kept: "Your places are kept until",
        confirmed: "Confirmed",
    },
    ru: {
        full: "Мест нет",
        join: "Встать в очередь",
        position: "Ваше место в очереди",
        turn: "Ваша очередь",
        take: "Взять место и оплатить",
        kept: "Места за вами до",
        confirmed: "Подтверждён",
    },
};
for (const [language, words] of Object.entries(WORDS)) {
    registry
        .category("web_tour.tours")
        .add(`club_event_wait_${language}`, { steps: joinQueue(words) })
        .add(`club_event_offer_${language}`, { steps: takeOffer(words) });
}
