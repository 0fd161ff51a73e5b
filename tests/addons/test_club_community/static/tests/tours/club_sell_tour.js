import { registry } from "@web/core/registry";

/**
 * The manager's way: from a person to a paid membership, all in the backend.
 * The tour starts on the form of the person.
 *
 * @param {string} label what the button says in the language of the user
 */
function sellAndGetPaid(label) {
    return () => [
        {
            content: "Sell a membership to this person",
            trigger: `button[name='action_club_sell']:contains('${label}')`,
            run: "click",
        },
        {
            content: "The plan and the dates are proposed",
            trigger: ".modal div[name='plan_id'] input:value(Gold)",
        },
        {
            content: "Make the quotation",
            trigger: ".modal button[name='action_sell']",
            run: "click",
        },
        {
            content: "Confirm it",
            trigger: ".o_form_view button[name='action_confirm']:visible",
            run: "click",
        },
        {
            content: "Invoice it",
            trigger: "button#create_invoice:visible",
            run: "click",
        },
        {
            content: "A regular invoice",
            trigger: ".modal button#create_invoice_open, .modal button[name='create_invoices']",
            run: "click",
        },
        {
            content: "Post the invoice",
            trigger: "button[name='action_post']:visible",
            run: "click",
        },
        {
            content: "Register the payment",
            trigger: "button[name='action_register_payment']:visible",
            run: "click",
        },
        {
            content: "It is the whole fee",
            trigger: ".modal button[name='action_create_payments']",
            run: "click",
        },
        {
            content: "The invoice is paid",
            trigger: ".o_form_view .ribbon:visible, .o_widget_web_ribbon:visible",
        },
    ];
}

registry.category("web_tour.tours").add("club_sell_en", {
    steps: sellAndGetPaid("Sell membership"),
});
registry.category("web_tour.tours").add("club_sell_ru", {
    steps: sellAndGetPaid("Продать членство"),
});
