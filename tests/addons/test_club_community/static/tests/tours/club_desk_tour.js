import { registry } from "@web/core/registry";

/**
 * The desk of an event: tickets are scanned one after the other, as a hand scanner
 * types them. The tour starts on the desk.
 *
 * @param {Object} words what the screen says in the language of the user
 */
function scanTickets(words) {
    const type = (code) =>
        async function () {
            for (const key of [...code, "Enter"]) {
                document.activeElement.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true })
                );
            }
        };
    const scan = (code, situation, says) => [
        {
            content: `Scan ${code}`,
            trigger: ".o_event_barcode_main",
            run: type(code),
        },
        {
            content: `It says ${says}`,
            trigger: `.modal .o_club_answer[data-situation='${situation}']:contains('${says}')`,
        },
        {
            content: "Go on",
            trigger: ".modal footer button.btn-primary:first",
            run: "click",
        },
        {
            content: "The desk again",
            trigger: "body:not(:has(.modal))",
        },
    ];
    return () => [
        {
            content: "Say at which gate we are",
            trigger: "input.o_club_gate",
            run: "edit North && press Enter",
        },
        ...scan("desk-valid", "welcome", words.welcome),
        ...scan("desk-valid", "already", words.already),
        ...scan("desk-cancelled", "cancelled", words.cancelled),
        ...scan("desk-old", "replaced", words.replaced),
        ...scan("desk-nothing", "unknown", words.unknown),
        ...scan("desk-new", "welcome", words.welcome),
    ];
}

registry.category("web_tour.tours").add("club_desk_en", {
    steps: scanTickets({
        welcome: "Welcome",
        already: "Gate: North",
        cancelled: "Cancelled",
        replaced: "Old code",
        unknown: "Not found",
    }),
});
registry.category("web_tour.tours").add("club_desk_ru", {
    steps: scanTickets({
        welcome: "Добро пожаловать",
        already: "Вход: North",
        cancelled: "Отменено",
        replaced: "Старый код",
        unknown: "Не найден",
    }),
});
