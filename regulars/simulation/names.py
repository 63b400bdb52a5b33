"""The words of the simulated world: names, places, streets. Nothing here decides anything."""

import polars as pl

# some names are outside ASCII on purpose: systems break on them; all are within Latin-1
_FIRST_NAMES = """
Ada Aisha Alan Alice Amara Amélie Ana André Anita Anton Beatriz Ben Björn Bruno Camila Carla Carlos
Chloé Clara Daniel Daria David Diego Dora Edgar Elena Eli Emma Eric Erin Esther Eva Fatima Felix Fiona
François Frida Gabriel Gina Grace Hana Hassan Helen Henry Hugo Ida Ingrid Iris Isaac Ivan Jack Jae James
Jane Jasmine Joel John José Juan Julia Jürgen Karen Karl Kate Kofi Lara Laura Lea Leo Liam Lily Linda
Lucía Luis Maria Mark Marta Mei Mia Mina Nadia Nina Noah Noor Nora Olga Oliver Omar Oscar Paul Peter Pia
Priya Rahul Ravi Renée Rosa Ruth Sam Sara Sofía Sören Tara Theo Tom Uma Vera Victor Wendy William Xin
Yara Yusuf Zoë
"""
FIRST_NAMES = pl.Series("first_name", _FIRST_NAMES.split())
_LAST_NAMES = """
Adams Ahmed Allen Andersson Baker Barnes Bauer Bell Bennett Berg Boucher Brooks Brown Bryant Carter
Castro Chen Clark Cohen Cole Costa Cox Cruz Davis Diaz Dubois Edwards Evans Fischer Fleming Flores
Foster Fournier García Gibson Gomez González Gray Green Gupta Hall Hansen Harris Hayes Hill Hoffmann
Howard Huang Hughes Ibáñez Ivanov Jackson Jain Jensen Johnson Jones Kaya Kelly Khan Kim King Klein
Kowalski Kumar Lam Larsen Lee Lewis Lima Long Lopez Martin Martínez Meyer Miller Moore Morales Moreau
Morgan Müller Murphy Muñoz Myers Nakamura Nelson Nguyen Novak O'Brien O'Connor Okafor Olsen Ortiz Park
Patel Pereira Perez Peterson Petrov Phillips Powell Price Ramos Reed Reyes Rivera Roberts Robinson
Rogers Rossi Ruiz Russell Santos Sato Schmidt Scott Sharma Silva Singh Smith Sousa Stewart Sullivan
Suzuki Tanaka Taylor Thomas Torres Tran Turner Vargas Vogel Walker Ward Watson Weber White Williams
Wilson Wood Wright Yang Yilmaz Young Zhang
"""
LAST_NAMES = pl.Series("last_name", _LAST_NAMES.split())
_STREETS = """
Maple Oak Cedar Pine Elm Birch Walnut Chestnut Spruce Willow River Lake Hill Park Garden Mill Church
School Market Station Bridge Harbor Meadow Orchard Sunset Highland Franklin Jefferson Madison Monroe
"""
STREETS = pl.Series("street", _STREETS.split())
CITIES = pl.DataFrame(
    [
        ("New York", "NY", "US", "100"),
        ("Buffalo", "NY", "US", "142"),
        ("Boston", "MA", "US", "021"),
        ("Worcester", "MA", "US", "016"),
        ("Philadelphia", "PA", "US", "191"),
        ("Pittsburgh", "PA", "US", "152"),
        ("Newark", "NJ", "US", "071"),
        ("Hartford", "CT", "US", "061"),
        ("Baltimore", "MD", "US", "212"),
        ("Richmond", "VA", "US", "232"),
        ("Atlanta", "GA", "US", "303"),
        ("Miami", "FL", "US", "331"),
        ("Columbus", "OH", "US", "432"),
        ("Chicago", "IL", "US", "606"),
        ("Detroit", "MI", "US", "482"),
        ("Minneapolis", "MN", "US", "554"),
        ("Austin", "TX", "US", "787"),
        ("Denver", "CO", "US", "802"),
        ("Los Angeles", "CA", "US", "900"),
        ("San Diego", "CA", "US", "921"),
        ("Seattle", "WA", "US", "981"),
        ("Toronto", "ON", "CA", "M5V"),
        ("Montréal", "QC", "CA", "H2X"),
        ("Halifax", "NS", "CA", "B3H"),
    ],
    schema=["city", "province_code", "country_code", "zip_prefix"],
    orient="row",
)

# reserved for documentation: RFC 2606 section 3; nobody can be reached at them
MAIL_DOMAINS = pl.Series(
    "domain",
    [
        "example.com",
        "example.org",
        "example.net",
        "mail.example.com",
        "post.example.org",
        "inbox.example.net",
    ],
)
# the same domains as fingers mistype them, still below reserved ones
MISTYPED_DOMAINS = pl.Series(
    "domain",
    [
        "exmaple.example.com",
        "exmaple.example.org",
        "exmaple.example.net",
        "mial.example.com",
        "psot.example.org",
        "inobx.example.net",
    ],
)


def _area_codes() -> list[str]:
    """Area codes of the form NXX without the reserved N11, N9X and 37X, 96X (NANPA)."""
    codes = [str(code) for code in range(201, 990)]
    return [
        code
        for code in codes
        if not code.endswith("11") and code[1] != "9" and code[:2] not in ("37", "96") and code != "555"
    ]


AREA_CODES = pl.Series("area_code", _area_codes())
