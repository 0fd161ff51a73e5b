"""QR codes as small SVG pictures: plain text in, plain text out, no ORM."""

import functools

import qrcode


@functools.lru_cache(maxsize=1000)  # 5 MB; a member's card is the same every day
def qr_svg(text: str) -> str:
    """Draw a QR code, black on nothing, with the quiet zone that scanners need.

    One shape per run of dark modules, and a fixed mask (any mask is valid, trying all
    eight only helps bad printers): six times faster than the library's own picture,
    which took half the time of the member's page.

    >>> svg = qr_svg("https://example.com/club/check/abc")
    >>> svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    True
    """
    code = qrcode.QRCode(border=2, mask_pattern=3)
    code.add_data(text)
    modules = code.get_matrix()
    runs = "".join(
        f"M{start} {row}h{end - start}v1H{start}z"
        for row, cells in enumerate(modules)
        for start, end in _dark_runs(cells)
    )
    size = len(modules)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><path d="{runs}"/></svg>'
    )


def _dark_runs(cells: list[bool]) -> list[tuple[int, int]]:
    """Where a row is dark: first column, and the one after the last.

    >>> _dark_runs([False, True, True, False, True])
    [(1, 3), (4, 5)]
    """
    edges = [
        column
        for column, (before, now) in enumerate(
            zip([False, *cells], [*cells, False], strict=True)
        )
        if before != now
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
