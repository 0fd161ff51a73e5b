import { registry } from "@web/core/registry";

/**
 * A visitor's way: choose a plan, fill the form, read by which day the answer comes.
 *
 * @param {Object} words what the pages say in the language of the visitor
 */
function applyToJoin(words) {
    return () => [
        {
            content: "The plans on offer",
            trigger: `.o_club_join h1:contains('${words.join}')`,
        },
        {
            content: "This one, please",
            trigger: `.o_club_join section:has(h2:contains('Gold')) a.o_club_apply:contains('${words.apply}')`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "My name",
            trigger: ".o_club_apply_form input[name='name']",
            run: "edit Vera Newcomer",
        },
        {
            content: "My e-mail",
            trigger: ".o_club_apply_form input[name='email']",
            run: "edit vera@example.com",
        },
        {
            content: "Answered by e-mail, so no phone number is asked for",
            trigger:
                ".o_club_apply_form:has(#club_by_email:checked):not(:has(#club_handle:visible))",
        },
        {
            content: "What I look for",
            trigger: ".o_club_apply_form textarea[name='text']",
            run: "edit I like chess",
        },
        {
            content: "Nothing is wider than the phone",
            trigger: ".o_club_apply_form",
            run() {
                const { scrollWidth, clientWidth } = document.documentElement;
                if (scrollWidth > clientWidth) {
                    throw new Error(`The page is ${scrollWidth} wide of ${clientWidth}`);
                }
            },
        },
        {
            content: "Send it",
            trigger: `.o_club_apply_form button[type='submit']:contains('${words.send}')`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It has arrived",
            trigger: `.o_club_thanks h1:contains('${words.thanks}')`,
        },
        {
            content: "By which day and by which way the answer comes",
            trigger: `.o_club_thanks div:contains('${words.byMail}') > p:contains('${words.answer}') .o_club_due:contains(/\\d/)`,
        },
    ];
}

/**
 * The applicant's way: the link of the mail, without a login, and pay by card.
 */
function payTheOffer() {
    return () => [
        {
            content: "Pay it",
            trigger:
                "#o_sale_portal_paynow:visible, a[data-bs-target='#modalaccept']:visible",
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
            content: "The payment is processed, and the order is shown: nothing left to pay",
            trigger: "#quote_content:contains('Gold')",
            timeout: 30000,
        },
        {
            content: "With no button to pay again",
            trigger: ".o_portal_sale_sidebar:not(:has(#o_sale_portal_paynow))",
        },
    ];
}

/**
 * The new member's way: log in and show the card.
 *
 * @param {Object} words what the page says in the language of the member
 */
function showTheCard(words) {
    return () => [
        {
            content: "A member",
            trigger: `.o_club_card_state_active:contains('${words.active}')`,
        },
        {
            content: "His own card",
            trigger: ".o_club_card_name:contains('Vera Newcomer')",
        },
        {
            content: "With a code to show",
            trigger: ".o_club_card_qr img",
        },
        {
            content: "Nothing is waiting to be answered",
            trigger: "#wrap:not(:has(.o_club_applications))",
        },
    ];
}

const WORDS = {
    en: {
        join: "Join the club",
        apply: "Apply",
        send: "Send the application",
        thanks: "Thank you! We have your application",
        answer: "We answer by",
        byMail: "by e-mail",
        active: "Active",
    },
    ru: {
        join: "Вступить в клуб",
        apply: "Подать заявку",
        send: "Отправить заявку",
        thanks: "Спасибо! Мы получили вашу заявку",
        answer: "Ответим до",
        byMail: "по почте",
        active: "Действует",
    },
};

for (const [language, words] of Object.entries(WORDS)) {
    registry.category("web_tour.tours").add(`club_apply_${language}`, {
        steps: applyToJoin(words),
    });
    registry.category("web_tour.tours").add(`club_apply_pay_${language}`, {
        steps: payTheOffer(),
    });
    registry.category("web_tour.tours").add(`club_apply_card_${language}`, {
        steps: showTheCard(words),
    });
}
