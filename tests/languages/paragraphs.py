"""Plain prose in two languages, no sentence twice."""

ENGLISH = (
    "The children walked along the river until the sun went down behind the hills. "
    "Nobody had told them how far it was, and so they never thought of turning back. "
    "An old fisherman showed them where the otters had built their den last winter. "
    "When the first stars came out, they shared the bread that was left and counted the lights of the town. "
    "Some of those lights moved slowly, which had to be the ferry on its way to the other shore. "
    "Their mother was waiting at the gate with a lantern and a great many questions. "
    "She listened to every word, laughed twice, and sent them all to bed without another remark. "
    "In the morning it rained so hard that even the ducks looked for shelter under the bridge. "
    "Still, the youngest wanted to know whether otters sleep during such weather or rather go hunting. "
    "There was a book about animals in the attic, heavy and full of dust, which gave no answer. "
)
GERMAN = (
    "Die Kinder gingen am Fluss entlang, bis die Sonne hinter den Hügeln unterging. "
    "Niemand hatte ihnen gesagt, wie weit es war, deshalb dachten sie nicht ans Umkehren. "
    "Ein alter Fischer zeigte ihnen, wo die Otter im letzten Winter ihren Bau angelegt hatten. "
    "Als die ersten Sterne kamen, teilten sie das übrige Brot und zählten die Lichter der Stadt. "
    "Manche davon bewegten sich langsam, das musste die Fähre auf dem Weg zum anderen Ufer sein. "
)
