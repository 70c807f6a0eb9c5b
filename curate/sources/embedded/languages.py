"""Questions and answers in languages other than English."""

from __future__ import annotations

from typing import NamedTuple

from curate.sources.embedded.dice import Dice
from curate.sources.embedded.words import FIRST_NAMES, TOWNS


class Language(NamedTuple):
    """Sentences of one language; `{name}`, `{town}` and `{number}` are gaps."""

    code: str
    questions: tuple[str, ...]
    thoughts: tuple[str, ...]
    answers: tuple[str, ...]


LANGUAGES: tuple[Language, ...] = (
    Language(
        "de",
        (
            "Wie bereite ich mich mit nur {number} Euro im Monat auf einen Umzug nach {town} vor?",
            "Meine Nachbarin {name} hat {number} Tomatenpflanzen auf dem Balkon. Wie oft muss sie gießen?",
            "Was soll ich kochen, wenn am Samstag {number} Gäste aus {town} kommen und {name} kein Fleisch isst?",
            "Ich möchte {name} in {town} einen Brief schreiben, habe aber nur {number} Minuten Zeit. Womit fange ich an?",
        ),
        (
            "Zuerst überlege ich, was eigentlich gefragt ist und welche Angaben ich habe.",
            "Es sind {number} Stück, und davon muss ich noch etwas abziehen.",
            "Das hängt davon ab, wie viel Zeit {name} wirklich hat.",
            "Am besten gehe ich Schritt für Schritt vor und prüfe am Ende noch einmal nach.",
            "In {town} wird das vermutlich nicht viel anders sein als hier.",
        ),
        (
            "Am einfachsten ist es, wenn du mit einer kurzen Liste anfängst und höchstens {number} Punkte aufschreibst.",
            "Danach solltest du dir jeden Tag eine Viertelstunde nehmen, am liebsten am frühen Morgen.",
            "In {town} gibt es dafür einen kleinen Laden, in dem man dich gut beraten wird.",
            "Vergiss nicht, {name} rechtzeitig Bescheid zu sagen, denn allein macht es nur halb so viel Freude.",
            "Mehr als {number} Euro würde ich am Anfang auf keinen Fall ausgeben.",
            "Wenn etwas schiefgeht, ist das kein Unglück: Beim zweiten Mal klappt es fast immer.",
        ),
    ),
    Language(
        "fr",
        (
            "Comment puis-je apprendre à cuisiner avec seulement {number} minutes par jour et une petite cuisine à {town} ?",
            "Mon amie {name} déménage à {town} dans {number} jours. Que doit-elle préparer en premier ?",
            "Quel cadeau offrir à {name}, qui habite {town}, avec un budget de {number} euros ?",
            "Pourriez-vous m'expliquer comment économiser {number} euros avant notre voyage à {town} avec {name} ?",
        ),
        (
            "Je commence par relever ce que l'on sait et ce que l'on cherche.",
            "Il y a {number} objets au départ, et il faut en retirer une partie.",
            "Cela dépend surtout du temps dont {name} dispose pendant la semaine.",
            "Je vérifie mon calcul une seconde fois avant de répondre.",
            "À {town}, les choses ne sont sans doute pas très différentes.",
        ),
        (
            "Le plus simple est de commencer par une liste de {number} choses que vous aimez vraiment.",
            "Ensuite, gardez un moment calme chaque semaine, de préférence le dimanche matin.",
            "À {town}, on trouve facilement tout ce qu'il faut au marché près de la gare.",
            "N'hésitez pas à demander conseil à {name}, qui connaît bien ces questions depuis longtemps.",
            "Il vaut mieux ne pas dépenser plus de {number} euros avant d'être sûr de vous.",
            "Enfin, soyez patient : les premiers résultats viennent rarement avant quelques semaines.",
        ),
    ),
    Language(
        "es",
        (
            "¿Cómo puedo ahorrar {number} euros al mes si vivo en {town} y comparto piso con {name}?",
            "Mi vecina {name} quiere correr {number} kilómetros sin parar. ¿Qué consejos le darías?",
            "¿Qué puedo preparar para una cena de {number} personas en {town} sin pasar todo el día en la cocina?",
            "Necesito escribir una carta a {name}, de {town}, y solo tengo {number} minutos. ¿Por dónde empiezo?",
        ),
        (
            "Primero anoto los datos y lo que se pregunta exactamente.",
            "Hay {number} unidades y tengo que repartirlas entre varias personas.",
            "Todo depende del tiempo que tenga {name} durante la semana.",
            "Antes de contestar conviene comprobar otra vez el resultado.",
            "En {town} seguramente no será muy distinto.",
        ),
        (
            "Lo mejor es empezar poco a poco y apuntar {number} cosas que quieras cambiar.",
            "Después dedica un rato cada tarde, aunque sean solo unos minutos antes de cenar.",
            "En {town} hay una tienda pequeña donde te pueden ayudar sin ningún compromiso.",
            "Pregúntale también a {name}, porque dos personas aprenden más rápido que una sola.",
            "Yo no gastaría más de {number} euros hasta ver los primeros resultados.",
            "Y si un día no sale bien, no pasa nada: mañana se puede volver a intentar.",
        ),
    ),
    Language(
        "it",
        (
            "Come posso coltivare {number} piante di pomodoro sul balcone della mia casa a {town}?",
            "La mia amica {name} deve parlare davanti a {number} persone a {town}. Come può prepararsi?",
            "Che cosa posso cucinare per {name} e altri {number} ospiti senza spendere troppo?",
            "Vorrei leggere {number} libri quest'anno insieme a {name}. Da dove conviene cominciare?",
        ),
        (
            "Per prima cosa scrivo i dati e capisco che cosa viene chiesto.",
            "Ci sono {number} pezzi e bisogna toglierne alcuni.",
            "Molto dipende da quanto tempo ha davvero {name}.",
            "Prima di rispondere controllo ancora una volta tutti i passaggi.",
            "A {town} probabilmente le cose non cambiano molto.",
        ),
        (
            "La cosa più semplice è cominciare con calma e scegliere soltanto {number} obiettivi.",
            "Poi conviene trovare un momento tranquillo della giornata, magari la sera dopo cena.",
            "A {town} c'è un piccolo negozio dove sanno dare ottimi consigli ai principianti.",
            "Chiedi una mano a {name}, perché in due ci si diverte molto di più.",
            "All'inizio non spenderei più di {number} euro, nemmeno se sembra un affare.",
            "Se qualcosa va storto non importa: la seconda volta andrà sicuramente meglio.",
        ),
    ),
    Language(
        "pt",
        (
            "Como posso aprender a tocar violão com {number} minutos por dia, morando em {town}?",
            "A minha irmã {name} quer mudar-se para {town} em {number} semanas. O que deve fazer primeiro?",
            "O que posso oferecer a {name} de aniversário gastando no máximo {number} euros?",
            "Preciso de organizar um almoço para {number} pessoas em {town}. Você pode ajudar?",
        ),
        (
            "Primeiro anoto os dados e penso no que está sendo perguntado.",
            "São {number} unidades no começo, e uma parte precisa ser retirada.",
            "Tudo depende do tempo que {name} tem durante a semana.",
            "Antes de responder, vale a pena verificar a conta mais uma vez.",
            "Em {town} não deve ser muito diferente.",
        ),
        (
            "O mais fácil é começar com uma lista curta de {number} coisas que você quer mudar.",
            "Depois, reserve um pouco de tempo todos os dias, de preferência pela manhã.",
            "Em {town} há uma loja pequena onde as pessoas explicam tudo com muita paciência.",
            "Não se esqueça de avisar {name}, porque juntos vocês conseguem muito mais.",
            "No início eu não gastaria mais do que {number} euros, mesmo que pareça pouco.",
            "E se alguma coisa não der certo, não faz mal: amanhã é outro dia.",
        ),
    ),
    Language(
        "nl",
        (
            "Hoe kan ik met {number} euro per maand mijn huis in {town} gezelliger maken?",
            "Mijn buurvrouw {name} wil {number} kilometer leren hardlopen. Welke tips heb je voor haar?",
            "Wat kan ik koken voor {name} en nog {number} gasten zonder de hele dag in de keuken te staan?",
            "Ik moet voor {number} mensen in {town} een toespraak houden. Hoe bereid ik me daarop voor?",
        ),
        (
            "Eerst schrijf ik op wat er gevraagd wordt en wat ik al weet.",
            "Er zijn {number} stuks, en daar moet nog iets van af.",
            "Het hangt er vooral van af hoeveel tijd {name} heeft.",
            "Voordat ik antwoord geef, controleer ik de berekening nog een keer.",
            "In {town} zal dat waarschijnlijk niet veel anders zijn.",
        ),
        (
            "Het is het makkelijkst om klein te beginnen met een lijstje van {number} dingen.",
            "Daarna kun je elke dag een kwartiertje oefenen, het liefst op een vast moment.",
            "In {town} is een winkeltje waar ze je graag verder helpen met goed advies.",
            "Vraag ook eens aan {name} hoe zij het heeft aangepakt, want samen leer je sneller.",
            "Geef in het begin niet meer dan {number} euro uit, ook al lijkt het een koopje.",
            "En als het een keer mislukt, is dat niet erg: morgen probeer je het gewoon opnieuw.",
        ),
    ),
)


class Foreign(NamedTuple):
    """An exchange in another language."""

    question: str
    thinking: str
    answer: str


def exchange(dice: Dice) -> Foreign:
    """A question with its answer, and what could have been thought in between."""
    language = dice.pick(LANGUAGES)

    def told(sentences: tuple[str, ...], number: int) -> str:
        return " ".join(
            sentence.format(
                name=dice.pick(FIRST_NAMES), town=dice.pick(TOWNS), number=dice.between(3, 90)
            )
            for sentence in dice.several(sentences, number)
        )

    return Foreign(
        told(language.questions, 1), told(language.thoughts, 4), told(language.answers, 5)
    )
