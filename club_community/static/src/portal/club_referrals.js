import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * Copy and share buttons of a member's link. Without this script the link and the words
 * are there to be marked by hand, and the picture has a button to be drawn anew.
 */
export class ClubReferrals extends Interaction {
    static selector = ".o_club";
    static selectorHas = ".o_club_copy, .o_club_card_form";
    dynamicContent = {
        ".o_club_copy": { "t-on-click": this.copy },
        ".o_club_share": {
            "t-on-click": this.share,
            "t-att-class": () => ({ "d-none": !navigator.share }),
        },
        "#club_signed": { "t-on-change": (ev) => ev.target.form.submit() },
    };

    async copy(ev) {
        const button = ev.currentTarget;
        const source = this.el.querySelector(button.dataset.copy);
        source.focus();
        source.select();
        try {
            await this.waitFor(navigator.clipboard.writeText(source.value));
        } catch {
            // not allowed, or no HTTPS: the old way, which needs what is marked
            document.execCommand("copy");
        }
        const [before, after] = button.querySelectorAll("span");
        before.classList.add("d-none");
        after.classList.remove("d-none");
        this.waitForTimeout(() => {
            before.classList.remove("d-none");
            after.classList.add("d-none");
        }, 2000);
    }

    async share(ev) {
        const source = this.el.querySelector(ev.currentTarget.dataset.share);
        try {
            await this.waitFor(navigator.share({ text: source.value }));
        } catch {
            // whoever closes the phone's list of programs has changed his mind
        }
    }
}

registry.category("public.interactions").add("club_community.referrals", ClubReferrals);
