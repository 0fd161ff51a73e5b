import { onWillStart, useState } from "@odoo/owl";

import { EventScanView } from "@event/client_action/event_barcode";
import { EventRegistrationSummaryDialog } from "@event/client_action/event_registration_summary_dialog";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";

const GATE = "club_gate";

/**
 * The desk knows at which gate it stands, and what it checks. Both go to the server in
 * the context of the user, so that stock's other ways (list of attendees) tell it too.
 */
patch(EventScanView.prototype, {
    setup() {
        super.setup();
        this.club = useState({
            gate: browser.localStorage.getItem(GATE) || "",
            check: "",
            checks: [],
        });
        this.tellServer();
        onWillStart(async () => {
            const { checks } = await this.orm.call("event.event", "club_desk_setup", [
                this.eventId || false,
            ]);
            this.club.checks = checks;
        });
    },

    tellServer() {
        user.updateContext({
            club_gate: this.club.gate,
            club_check_id: Number(this.club.check) || false,
        });
    },

    onGateChange(ev) {
        this.club.gate = ev.target.value.trim();
        browser.localStorage.setItem(GATE, this.club.gate);
        ev.target.blur(); // else the next scan would be typed into it
        this.tellServer();
    },

    onCheckChange(ev) {
        this.club.check = ev.target.value;
        ev.target.blur();
        this.tellServer();
    },

    /**
     * As stock's, but what is not found is said as big as all the rest.
     *
     * @override
     */
    async onBarcodeScanned(barcode, onNextScanTriggered = () => {}) {
        const result = await this.orm.call("event.registration", "register_attendee", [], {
            barcode,
            event_id: this.eventId,
        });
        this.registrationId = result.id;
        this.closeLastDialog?.();
        this.closeLastDialog = this.dialog.add(EventRegistrationSummaryDialog, {
            playSound: (type) => this.playSound(type),
            doNextScan: onNextScanTriggered,
            registration: result.error ? { ...result, status: result.error } : result,
        });
    },
});

/** What stock's dialog does not say by a sound. */
const SILENT_IN_STOCK = ["invalid_ticket", "unconfirmed_registration"];

patch(EventRegistrationSummaryDialog.prototype, {
    setup() {
        super.setup();
        this.club = useState({ answer: this.registration.club, busy: false });
        if (SILENT_IN_STOCK.includes(this.registration.status)) {
            this.props.playSound?.("error");
        }
    },

    /**
     * "Continue" only goes on. In stock it lets in whoever stands there, cancelled or
     * not; here that is a button of its own, where it is allowed.
     *
     * @override
     */
    async onRegistrationConfirm() {
        if (!this.club.answer) {
            return super.onRegistrationConfirm();
        }
        this.props.close();
        await this.props.model?.load();
        if (this.props.doNextScan) {
            this.onScanNext();
        }
    },

    async letIn() {
        this.club.busy = true;
        try {
            const result = await this.orm.call("event.registration", "action_club_let_in", [
                this.registration.id,
            ]);
            this.club.answer = result.club;
            this.registrationStatus.value = result.status;
        } finally {
            this.club.busy = false;
        }
    },

    /** @override */
    async undoRegistration() {
        if (!this.club.answer) {
            return super.undoRegistration();
        }
        await this.orm.call("event.registration", "action_club_undo_checkin", [
            this.registration.id,
        ]);
        this.props.close();
        await this.props.model?.load();
    },
});
