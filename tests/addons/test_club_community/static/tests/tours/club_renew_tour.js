import { payAndGo } from "./pay_steps";
import { registry } from "@web/core/registry";

/**
 * The member's way: from his card to the next year, and to automatic renewal.
 *
 * @param {string} active what the card says in the language of the member
 */
function renewByCard(active) {
    return () => [
        {
            content: "A member whose year is nearly over",
            trigger: `.o_club_card_state_active:contains('${active}')`,
        },
        {
            content: "Renew by one press",
            trigger: ".o_club_renew button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        ...payAndGo("/my/club", "[data-payment-option-type='token']"),
        {
            content: "Still a member, and nothing is left to renew or to pay",
            trigger: `body:not(:has(.o_club_renew)):not(:has(.o_club_pay)) .o_club_card_state_active:contains('${active}')`,
        },
        {
            content: "Next year it shall go by itself",
            trigger: ".o_club_auto_renewal input[name='card']:not(:visible), .o_club_auto_renewal input[name='card']",
            run: "click",
        },
        {
            content: "I agree",
            trigger: ".o_club_auto_switch_on",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is switched on",
            trigger: ".o_club_auto_on:contains('4242')",
        },
        {
            content: "And off again",
            trigger: ".o_club_auto_switch_off",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is off",
            trigger: ".o_club_auto_switch_on",
        },
    ];
}

registry.category("web_tour.tours").add("club_renew_en", {
    steps: renewByCard("Active"),
});
registry.category("web_tour.tours").add("club_renew_ru", {
    steps: renewByCard("Действует"),
});
