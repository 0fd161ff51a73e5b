/**
 * From an order in the portal: pay it with the demo provider, and go on.
 *
 * @param {string} then the page to go to when the order is paid
 * @param {string} by which of the ways to pay is chosen
 */
export function payAndGo(then, by = "[data-provider-code='demo']") {
    return [
        {
            content: "Pay",
            trigger: "#o_sale_portal_paynow, a[data-bs-target='#modalaccept']:visible",
            run: "click",
        },
        {
            content: "By card",
            trigger: `.modal.show input[name='o_payment_radio']${by}`,
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
                window.location = then;
            },
            expectUnloadPage: true,
        },
    ];
}
