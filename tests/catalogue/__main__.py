"""`make catalogue`: write assets/locale/messages.pot from the sources."""

from tests.catalogue.extraction import POT, write

write(POT)
