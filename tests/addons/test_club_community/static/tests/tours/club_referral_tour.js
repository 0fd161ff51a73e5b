import { registry } from "@web/core/registry";

const narrow = {
    content: "Nothing is wider than the phone",
    trigger: ".o_club",
    run() {
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth > clientWidth) {
            throw new Error(`The page is ${scrollWidth} wide of ${clientWidth}`);
        }
    },
};

/** The member's way: my club, bring somebody, invite by name. */
function inviteByName() {
    return [
        {
            content: "Bring somebody",
            trigger: ".o_club_referrals_entry",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "My code, to be said aloud",
            trigger: ".o_club_referral_code:contains(/^[A-Z]{4}-[A-Z]{4}$/)",
        },
        narrow,
        {
            content: "Copy the words",
            trigger: ".o_club_copy[data-copy='#club_referral_text']",
            run: "click",
        },
        {
            content: "They are copied",
            trigger:
                ".o_club_copy[data-copy='#club_referral_text'] span:last-of-type:not(.d-none)",
        },
        {
            content: "I know whom",
            trigger: "a.o_club_referral_invite",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The name",
            trigger: ".o_club_referral_form input[name='name']",
            run: "edit Vera Newcomer",
        },
        {
            content: "Where the letter goes",
            trigger: ".o_club_referral_form input[name='contact']",
            run: "edit vera@example.com",
        },
        {
            content: "Why",
            trigger: ".o_club_referral_form textarea[name='note']",
            run: "edit You play chess, and so do we",
        },
        {
            content: "I know her",
            trigger: ".o_club_referral_form input[name='agreed']",
            run: "click",
        },
        {
            content: "Invite",
            trigger: ".o_club_referral_form button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The letter is on its way",
            trigger: ".o_club_referral_done",
        },
        {
            content: "And she is on my list",
            trigger: ".o_club_referral_people .list-group-item:contains('Vera Newcomer')",
        },
    ];
}

/** The invited person's way: the letter's link, yes, and what the club offers. */
function sayYes() {
    return [
        {
            content: "Who recommends the club, and why",
            trigger: ".o_club_recommended:contains('Anna Petrova'):contains('chess')",
        },
        narrow,
        {
            content: "Yes, write to me",
            trigger: ".o_club_recommended button[value='yes']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Go on right now",
            trigger: ".o_club_recommended_yes a.o_club_recommended_go",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The code goes with me",
            trigger:
                ".o_club_join section:has(h2:contains('Gold')) a.o_club_apply[href*='?ref=']",
        },
    ];
}

/** The member's way afterwards: she has joined, and this is for me. */
function seeWhatBecame() {
    return [
        {
            content: "She has joined",
            trigger:
                ".o_club_referral_people .list-group-item:contains('Vera Newcomer') .text-bg-success",
        },
        {
            content: "One of one",
            trigger: ".o_club_referral_joined:contains('1')",
        },
        {
            content: "My reward",
            trigger: ".o_club_referral_rewards .o_club_reward:contains('30')",
        },
        {
            content: "My branch of the club",
            trigger: ".o_club_referral_branch details",
        },
        narrow,
    ];
}

/** The reviewer's way: accept from the list, look at another and refuse it in words. */
function review() {
    // what is doubtful about one may name the other
    const row = (name) => `.o_data_row:has(td[name='name']:contains('${name}'))`;
    return [
        {
            content: "This one is right",
            trigger: `${row("Vera")} button[name='action_accept']`,
            run: "click",
        },
        {
            content: "It is decided",
            trigger: `.o_list_view:not(:has(${row("Vera")} button[name='action_accept']))`,
        },
        {
            content: "Look at the other",
            trigger: `${row("Oleg")} td[name='name']`,
            run: "click",
        },
        {
            content: "Both sides, and what is the same",
            trigger: ".o_form_view .o_field_widget[name='sides'] .table-warning",
        },
        {
            content: "It is not",
            trigger: ".o_form_view button[name='action_refuse']",
            run: "click",
        },
        {
            content: "Say why",
            trigger:
                ".modal .o_field_widget[name='why'] input, .modal .o_field_widget[name='why'] textarea",
            run: "edit One household",
        },
        {
            content: "Refuse",
            trigger: ".modal footer button[name='action_refuse']",
            run: "click",
        },
        {
            content: "It is decided, too",
            trigger: ".o_form_view:not(:has(button[name='action_refuse']))",
        },
    ];
}

// By what is on the pages and not by words: the same in every language.
for (const language of ["en", "ru"]) {
    const tours = {
        [`club_referral_invite_${language}`]: inviteByName,
        [`club_recommended_${language}`]: sayYes,
        [`club_referrals_seen_${language}`]: seeWhatBecame,
        [`club_referral_review_${language}`]: review,
    };
    for (const [name, steps] of Object.entries(tours)) {
        registry.category("web_tour.tours").add(name, { steps });
    }
}
