import { payAndGo } from "./pay_steps";
import { registry } from "@web/core/registry";

/**
 * The member's way: pay the quotation by card, come back as a member.
 *
 * @param {Object} words what the page says in the language of the member
 */
function payByCard(words) {
    return () => [
        {
            content: "Not a member yet",
            trigger: `.o_club_empty:contains('${words.notYet}')`,
        },
        {
            content: "Open the quotation",
            trigger: ".o_club_steps a:has(.o_club_pay)",
            run: "click",
            expectUnloadPage: true,
        },
        ...payAndGo("/my/club"),
        {
            content: "A member",
            trigger: `.o_club_card_state_active:contains('${words.active}')`,
        },
        {
            content: "With a number and a code to show",
            trigger: ".o_club_card_qr img",
        },
    ];
}

registry.category("web_tour.tours").add("club_pay_en", {
    steps: payByCard({ notYet: "You are not a member yet", active: "Active" }),
});
registry.category("web_tour.tours").add("club_pay_ru", {
    steps: payByCard({ notYet: "Вы пока не член клуба", active: "Действует" }),
});
