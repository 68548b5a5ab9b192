"""Domains of mail providers that anybody can use: they say nothing about the company somebody works for."""

import re

# Providers with a domain per country (yahoo.es, yahoo.co.uk, hotmail.fr, live.com.mx): every one of them counts.
WORLDWIDE = "gmail googlemail hotmail outlook live msn yahoo ymail rocketmail icloud gmx aol proton protonmail yandex"
_WORLDWIDE = re.compile(rf"(?:{WORLDWIDE.replace(' ', '|')})\.(?:com?|net|org|[a-z]{{2}}|com?\.[a-z]{{2}})")

# Providers of one or a few countries, among them the telephone companies whose customers get an address; their own
# staff has another domain or shares this one, and a wrong proposal costs more than a missing one.
FREE_MAIL = frozenset(
    """
    me.com mac.com pm.me tutanota.com tutanota.de tuta.io fastmail.com fastmail.fm zoho.com zohomail.eu mail.com
    email.com hushmail.com inbox.com mail.ru bk.ru list.ru inbox.ru rambler.ru hey.com duck.com
    web.de freenet.de t-online.de arcor.de posteo.de mailbox.org online.de vodafone.de kabelmail.de
    telefonica.net movistar.es terra.es ono.com ya.com jazzfree.com jazztel.es orange.es wanadoo.es vodafone.es
    euskalnet.net euskaltel.net mundo-r.com telecable.es yacom.es eresmas.com latinmail.com correo.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr aliceadsl.fr
    cegetel.net voila.fr orange.be skynet.be telenet.be voo.be wanadoo.nl ziggo.nl kpnmail.nl planet.nl hetnet.nl
    home.nl xs4all.nl bluewin.ch sunrise.ch hispeed.ch a1.net chello.at aon.at
    libero.it virgilio.it alice.it tin.it tiscali.it tiscali.es tiscali.co.uk inwind.it iol.it fastwebnet.it
    email.it poste.it vodafone.it sapo.pt clix.pt iol.pt netcabo.pt mail.telepac.pt
    btinternet.com btopenworld.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk plus.net
    eircom.net telia.com comhem.se online.no wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz abv.bg
    uol.com.br bol.com.br terra.com.br ig.com.br globo.com prodigy.net.mx arnet.com.ar fibertel.com.ar
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
    rogers.com shaw.ca sympatico.ca bigpond.com optusnet.com.au xtra.co.nz qq.com 163.com 126.com naver.com
    """.split()
)


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address of this domain, which is lower case."""
    return domain in FREE_MAIL or _WORLDWIDE.fullmatch(domain) is not None
