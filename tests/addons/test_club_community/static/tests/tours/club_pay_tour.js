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
        {
            content: "Pay it",
            trigger: "#o_sale_portal_paynow, a[data-bs-target='#modalaccept']:visible",
            run: "click",
        },
        {
            content: "By card",
            trigger: ".modal.show input[name='o_payment_radio'][data-provider-code='demo']",
            run: "click",
        },
        {
            content: "Yes, pay",
            trigger: ".modal.show button[name='o_payment_submit_button']:not(:disabled)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The payment is processed, and the order is shown again",
            trigger: "#quote_content, .o_portal_sale_sidebar",
            timeout: 30000,
        },
        {
            content: "Back to the club",
            trigger: "a[href$='/my/home'], a[href$='/my']",
            run() {
                window.location = "/my/club";
            },
            expectUnloadPage: true,
        },
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
