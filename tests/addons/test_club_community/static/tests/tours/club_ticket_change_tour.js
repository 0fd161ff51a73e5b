import { registry } from "@web/core/registry";

/**
 * A member cancels his guest's place: he sees what he gets back before he confirms.
 *
 * @param {string} guests what the page calls his guests, in his language
 * @param {string} cancelled what it says afterwards
 */
function cancelPlace(guests, cancelled) {
    return () => [
        {
            content: "What he gets back, and whose places are cancelled with his",
            trigger: `.o_club_ticket_cancel_form:has(.o_club_ticket_terms p) .o_club_ticket_guests h4:contains('${guests}')`,
        },
        {
            content: "Why",
            trigger: "#club_cancel_reason",
            run: "edit Ill",
        },
        {
            content: "Yes, cancel",
            trigger: ".o_club_ticket_cancel_submit",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The place is cancelled",
            trigger: `.o_club_ticket_cancelled:contains('${cancelled}')`,
        },
    ];
}

/**
 * A member offers his ticket, takes the offer back, and offers it again.
 *
 * @param {string} offered what the page says of an offer, in his language
 */
function giveTicket(offered) {
    const offer = [
        {
            content: "To whom",
            trigger: "#club_transfer_email",
            run: "edit boris@example.com",
        },
        {
            content: "Offer it",
            trigger: ".o_club_ticket_offer",
            run: "click",
            expectUnloadPage: true,
        },
    ];
    return () => [
        ...offer,
        {
            content: "Offered; he takes it back",
            trigger: `.o_club_ticket_offered:contains('${offered}') .o_club_ticket_withdraw`,
            run: "click",
            expectUnloadPage: true,
        },
        ...offer,
        {
            content: "Offered again",
            trigger: `.o_club_ticket_offered:contains('${offered}')`,
        },
    ];
}

/**
 * A guest without a login accepts.
 *
 * @param {string} mine what the page says when the ticket is his
 */
function acceptTicket(mine) {
    return () => [
        { content: "Name", trigger: "#club_accept_name", run: "edit Boris" },
        { content: "Agree", trigger: "input[name='consent']", run: "check" },
        {
            content: "Accept",
            trigger: ".o_club_ticket_accept_submit",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The ticket is his",
            trigger: `.o_club_ticket_mine:contains('${mine}')`,
        },
    ];
}

const tours = registry.category("web_tour.tours");
tours.add("club_ticket_cancel_en", {
    steps: cancelPlace("Your guests", "This place is cancelled"),
});
tours.add("club_ticket_cancel_ru", {
    steps: cancelPlace("Ваши гости", "Место отменено"),
});
tours.add("club_ticket_give_en", { steps: giveTicket("You offer this ticket to") });
tours.add("club_ticket_give_ru", { steps: giveTicket("Вы предлагаете этот билет") });
tours.add("club_ticket_accept_en", { steps: acceptTicket("The ticket is yours") });
tours.add("club_ticket_accept_ru", { steps: acceptTicket("Билет ваш") });
