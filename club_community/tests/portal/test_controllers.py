from odoo.http import Controller
from odoo.tests import BaseCase, tagged


@tagged("post_install", "-at_install")
class TestControllers(BaseCase):
    def _ours(self, cls=Controller):
        for child in cls.__subclasses__():
            if child.__module__.startswith("odoo.addons.club_community."):
                yield child
            yield from self._ours(child)

    def test_no_method_hides_that_of_a_neighbour(self):
        """Odoo makes one class of all pages of the portal, so a name is there once.

        Where two neighbours define the same one, the class that is imported last
        answers for both: a page then finds what another page is looking for.
        """
        found, ours = {}, set(self._ours())
        self.assertGreater(len(ours), 10)
        for cls in ours:
            for name in vars(cls).keys() - {"__module__", "__doc__"}:
                others = found.setdefault(name, [])
                for other in others:
                    if not issubclass(cls, other) and not issubclass(other, cls):
                        roots = set(cls.__mro__) & set(other.__mro__)
                        self.assertTrue(
                            any(name in vars(root) for root in roots),
                            f"{cls.__name__} and {other.__name__}: {name}",
                        )
                others.append(cls)
