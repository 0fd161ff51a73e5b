import { registry } from "@web/core/registry";

/**
 * A company's contact gives the seat of a person who has left to another.
 *
 * @param {Object} words what the page says in the language of the contact
 */
function replaceHolder(words) {
    return () => [
        {
            content: "From my club to its people",
            trigger: ".o_club_seats_link:contains('3 / 3')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Another one for the second seat",
            trigger: `li:has(.fw-bold:contains('Boris')) .o_club_seat_open:contains('${words.replace}')`,
            run: "click",
        },
        {
            content: "His name",
            trigger: "form.show input[name='name']",
            run: "edit Darya Smirnova",
        },
        {
            content: "His e-mail",
            trigger: "form.show input[name='email']",
            run: "edit darya@example.com",
        },
        {
            content: "Save",
            trigger: "form.show .o_club_seat_save",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "She has the seat, he has not",
            trigger: `.alert-success:contains('${words.done}')`,
        },
        {
            content: "She stands in the list",
            trigger: ".o_club_seats:contains('Darya Smirnova'):not(:contains('Boris'))",
        },
    ];
}

registry.category("web_tour.tours").add("club_seats_en", {
    steps: replaceHolder({ replace: "Replace", done: "Done." }),
});
registry.category("web_tour.tours").add("club_seats_ru", {
    steps: replaceHolder({ replace: "Заменить", done: "Готово." }),
});
