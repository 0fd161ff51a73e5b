{
    "name": "Club Community: tests with stock payments",
    "summary": "Tours of the whole way, paid by card with the demo provider",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Club Community contributors",
    "license": "LGPL-3",
    "depends": ["club_community", "payment_demo"],
    "assets": {
        "web.assets_tests": [
            "test_club_community/static/tests/tours/**/*",
        ],
    },
}
