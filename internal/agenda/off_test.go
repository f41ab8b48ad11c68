package agenda

import (
	"strings"
	"testing"
)

// A cancelled event is no event, in whatever words; a moved one is an event on its new day
// only. The reference day of the texts is a Thursday, 25 January 2018.
func TestRead_CancelledAndMoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, title, text, want string }{
		// Running text.
		{"fr", "", "Annulation de la réunion du 9 avril 2018 à Rouen.", ""},
		{"fr", "", "La réunion du 9 avril 2018 à 14h est annulée.", ""},
		{"fr", "", "La réunion du 9 avril 2018 n'aura pas lieu.", ""},
		{"fr", "", "La réunion du lundi 9 avril 2018 n’aura finalement pas lieu.", ""},
		{"fr", "", "La conférence du 9 avril 2018 à 18h n'a plus lieu, nous en sommes désolés.", ""},
		{"fr", "", "Le forum prévu le 9 avril 2018 ne se tiendra pas.", ""},
		{"fr", "", "L'atelier du 9 avril 2018 ne pourra malheureusement pas avoir lieu à Dieppe.", ""},
		{"fr", "", "La séance du 9 avril 2018 est supprimée.", ""},
		{"fr", "", "Nous devons annuler l'atelier du 9 avril 2018, qui devait avoir lieu à 14h à Rouen.", ""},
		{"fr", "", "Nous avons le regret de vous annoncer l'annulation du forum du 9 avril 2018 à Rouen.", ""},
		{"fr", "", "Le forum, qui aura lieu le 9 avril 2018 à Rouen, est annulé.", ""},
		{"fr", "", "Il n'y aura pas de réunion le 9 avril 2018 à 14h.", ""},
		{"fr", "", "Les ateliers des 9, 16 et 23 avril 2018 sont annulés.", ""},
		{"en", "", "The meeting on 9 April 2018 will not take place.", ""},
		{"en", "", "The workshop on 9 April 2018 in Leeds is cancelled.", ""},
		{"en", "", "The conference of 9 April 2018 has been called off.", ""},
		{"en", "", "The open day planned for 9 April 2018 won't be held.", ""},
		{"en", "", "We are sorry to announce the cancellation of the workshop on 9 April 2018 at 2 pm.", ""},
		{"en", "", "There will be no meeting on 9 April 2018.", ""},
		{"en", "", "Our seminar on 9 April 2018 is no longer going ahead.", ""},
		{"pt", "", "A reunião de 9 de abril de 2018 não se realiza.", ""},
		{"pt", "", "O seminário de 9 de abril de 2018 foi cancelado.", ""},
		{"pt", "", "O fórum do dia 9 de abril de 2018 não terá lugar.", ""},
		{"pt", "", "Cancelamento da reunião de 9 de abril de 2018.", ""},
		{"es", "", "Se cancela la reunión del 9 de abril de 2018.", ""},
		{"es", "", "El taller del 9 de abril de 2018 no tendrá lugar.", ""},
		{"es", "", "La jornada del 9 de abril de 2018 no se celebrará.", ""},
		{"es", "", "Cancelación del seminario del 9 de abril de 2018.", ""},
		{"it", "", "Il seminario del 9 aprile 2018 è annullato.", ""},
		{"it", "", "La riunione del 9 aprile 2018 non si terrà.", ""},
		{"it", "", "Il convegno del 9 aprile 2018 non avrà più luogo.", ""},
		{"it", "", "Annullamento della riunione del 9 aprile 2018.", ""},

		// Other forms.
		{"fr", "ANNULÉ : Forum des métiers", "Le forum des métiers aura lieu le 9 avril 2018 à 14h, salle Jeanne, à Rouen.", ""},
		{"fr", "Annulation de la réunion du 9 avril 2018", "Bonjour,\n\nnous sommes désolés.", ""},
		{"fr", "Annulation : réunion du réseau", "La réunion du 9 avril 2018 à 14h n'aura pas lieu. Nous reviendrons vers vous.", ""},
		{"fr", "Réunion du 9 avril 2018", "Cette réunion est annulée.", ""},
		{"fr", "Réunion du 9 avril 2018", "La réunion du 9 avril est annulée.", ""},
		{"en", "CANCELLED: Open day, 9 April 2018", "Our open day takes place on 9 April 2018 at 10 am in Leeds.", ""},
		{"fr", "", "Atelier CV (annulé)\nDate : 9 avril 2018\nLieu : Rouen\nHoraires : 14h-16h", ""},
		{"fr", "", "Atelier CV\nDate : 9 avril 2018\nLieu : Rouen\nStatut : annulé", ""},
		{"fr", "", "ANNULÉ\n\nAtelier CV\nDate : 9 avril 2018\nLieu : Rouen", ""},
		{"fr", "Réunion du réseau", "Réunion du réseau le 9 avril 2018 à Rouen.\n\nCette réunion est annulée.", ""},
		{"fr", "", "9 avril 2018 : Atelier CV (annulé)\n16 avril 2018 : Forum des métiers\n23 avril 2018 : Salon", "2018-04-16 Forum des métiers; 2018-04-23 Salon"},
		{"fr", "", "2 avril 2018 : Atelier lettre\n9 avril 2018 : ANNULÉ – Atelier CV\n16 avril 2018 : Forum des métiers", "2018-04-02 Atelier lettre; 2018-04-16 Forum des métiers"},
		{"en", "", "- 9 April 2018: Workshop (cancelled)\n- 16 April 2018: Open day", "2018-04-16 Open day"},
		{"fr", "", "Date | Événement | Remarque\n9 avril 2018 | Atelier CV | annulé\n16 avril 2018 | Forum des métiers | gratuit", "2018-04-16 Forum des métiers"},
		{"fr", "", "Événements annulés :\n9 avril 2018 : Atelier CV\n10 avril 2018 : Atelier lettre\n\nÀ venir :\n16 avril 2018 : Forum des métiers", "2018-04-16 Forum des métiers"},

		// Beside others.
		{"fr", "T", "La réunion du 9 avril 2018 est annulée, celle du 16 avril 2018 aura lieu à Rouen.", "2018-04-16 *"},
		{"fr", "T", "La réunion du 9 avril 2018 est annulée. Le forum aura lieu le 16 avril 2018 à Rouen.", "2018-04-16 *"},
		{"fr", "T", "Le forum aura lieu le 16 avril 2018 à Rouen. L'atelier CV est annulé.", "2018-04-16 *"},
		{"fr", "T", "Le forum aura lieu le 16 avril 2018 à Rouen et l'atelier du 9 avril 2018 est annulé.", "2018-04-16 *"},
		{"en", "T", "The workshop on 9 April 2018 is cancelled, but the open day on 16 April 2018 will take place in Leeds.", "2018-04-16 *"},
		{"es", "T", "El taller del 9 de abril de 2018 se cancela, pero la jornada del 16 de abril de 2018 se celebrará en Sevilla.", "2018-04-16 *"},

		// Moved.
		{"fr", "T", "La réunion n'aura pas lieu le 15 mars 2018 mais le 22 mars 2018.", "2018-03-22 *"},
		{"fr", "T", "La réunion n'aura pas lieu le 15 mais le 22 mars 2018.", "2018-03-22 *"},
		{"fr", "T", "La réunion n'aura pas lieu le 15 mars 2018 mais le 22.", "2018-03-22 *"},
		{"fr", "T", "La réunion est reportée du 9 avril 2018 au 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "La réunion est reportée du 9 au 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "La réunion du 9 avril 2018 est reportée au 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "Report de la réunion du 9 avril 2018 au 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "La réunion, initialement prévue le 9 avril 2018, aura lieu le 16 avril 2018 à Rouen.", "2018-04-16 *"},
		{"fr", "T", "La réunion initialement prévue le 9 avril 2018, aura lieu le 16.", "2018-04-16 *"},
		{"fr", "T", "L'atelier aura lieu le 16 avril 2018 au lieu du 9 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "La réunion du 9 avril 2018 est reportée à une date ultérieure.", ""},
		{"fr", "T", "La réunion du 9 avril 2018 est annulée. Elle est reportée au 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "9 avril 2018 : Atelier CV, reporté au 16 avril 2018\n23 avril 2018 : Salon", "2018-04-16 *; 2018-04-23 Salon"},
		{"en", "T", "The meeting has been postponed from 9 April to 16 April 2018.", "2018-04-16 *"},
		{"en", "T", "The workshop on 9 April 2018 has been moved to 16 April 2018.", "2018-04-16 *"},
		{"en", "T", "The open day has been rescheduled to 16 April 2018.", "2018-04-16 *"},
		{"en", "T", "The seminar, originally scheduled for 9 April 2018, will be held on 16 April 2018 in Leeds.", "2018-04-16 *"},
		{"en", "T", "The meeting will not take place on 9 April 2018 but on 16 April 2018.", "2018-04-16 *"},
		{"en", "T", "The meeting of 9 April 2018 is postponed until further notice.", ""},
		{"es", "T", "La reunión se aplaza del 9 de abril al 16 de abril de 2018.", "2018-04-16 *"},
		{"es", "T", "El taller no se celebrará el 9 de abril de 2018 sino el 16 de abril de 2018.", "2018-04-16 *"},
		{"es", "T", "La jornada, prevista inicialmente para el 9 de abril de 2018, tendrá lugar el 16 de abril de 2018.", "2018-04-16 *"},
		{"it", "T", "La riunione è rinviata dal 9 aprile al 16 aprile 2018.", "2018-04-16 *"},
		{"it", "T", "Il seminario non si terrà il 9 aprile 2018 ma il 16 aprile 2018.", "2018-04-16 *"},
		{"it", "T", "Il convegno, inizialmente previsto il 9 aprile 2018, si terrà il 16 aprile 2018.", "2018-04-16 *"},
		{"pt", "T", "A reunião foi adiada de 9 de abril para 16 de abril de 2018.", "2018-04-16 *"},
		{"pt", "T", "O seminário não se realiza a 9 de abril de 2018 mas a 16 de abril de 2018.", "2018-04-16 *"},
		{"pt", "T", "O fórum, inicialmente previsto para 9 de abril de 2018, terá lugar a 16 de abril de 2018.", "2018-04-16 *"},

		{"fr", "T", "Changement de date : la réunion aura lieu le 16 avril 2018 à 14h (et non le 9 avril).", "2018-04-16 *"},
		{"fr", "T", "2 avril 2018 : Atelier lettre\n9 avril 2018 : Salon (reporté au 30 avril 2018)", "2018-04-02 Atelier lettre; 2018-04-30 Salon"},
		{"fr", "Report de la journée d'étude du 9 avril", "La journée du 9 avril 2018 est reportée au jeudi 17 mai 2018 à Nantes.", "2018-05-17 Journée d'étude"},
		{"fr", "ANNULÉ : Atelier CV du 9 avril", "L'atelier CV du 9 avril 2018 à 14h est annulé.\n\nLe prochain aura lieu le 14 mai 2018 à 14h à Rouen.", "2018-05-14 Atelier CV"},
		{"fr", "T", "Le forum annulé en 2017 aura lieu le 9 avril 2018 à Rouen.", "2018-04-09 *"},
		{"fr", "T", "La date limite de candidature est reportée au 9 avril 2018.", ""},
		{"fr", "T", "Le 9 avril 2018, pas de réunion !", ""},
		{"fr", "T", "L'atelier du 9 avril 2018 ne pourra être assuré.", ""},
		{"fr", "T", "La visite du 9 avril 2018 se fera finalement le 16 avril 2018 à 14h, à Rouen.", "2018-04-16 *"},
		{"fr", "T", "Le forum aura lieu le 16 avril 2018 à Rouen, et non plus le 9 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "ATTENTION : réunion reportée\n\nRéunion du réseau\nDate : 9 avril 2018\nNouvelle date : 16 avril 2018\nLieu : Rouen", "2018-04-16 Réunion du réseau"},
		{"fr", "T", "Les ateliers ont lieu les 9, 16 et 23 avril 2018 à 14h à Rouen. Celui du 16 avril est annulé.", "2018-04-09 *; 2018-04-23 *"},
		{"en", "T", "The careers fair scheduled for 9 April 2018 will now be held on 16 April 2018 in Leeds.", "2018-04-16 *"},
		{"es", "T", "La reunión pasa del 9 de abril al 16 de abril de 2018 a las 10 h en Girona.", "2018-04-16 *"},
		{"pt", "T", "Informamos que a sessão de 9 de abril não se realizará, passando para o dia 16 de abril de 2018.", "2018-04-16 *"},

		// A new date in a sentence of its own.
		{"fr", "T", "Le séminaire du 9 avril 2018 est annulé. Nouvelle date : 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "La conférence du 9 avril 2018 n'aura pas lieu. La nouvelle date est le 16 avril 2018 à 18h.", "2018-04-16 *"},
		{"fr", "T", "La journée du 9 avril 2018 est reportée. Nouvelle date : lundi 16 avril, 10h, Rouen.", "2018-04-16 *"},
		{"fr", "T", "Nouvelle date : 16 avril 2018. L'atelier du 9 avril 2018 est annulé.", "2018-04-16 *"},
		{"fr", "T", "La journée du 9 avril 2018 est reportée. Nouvelles dates : 16 et 23 avril 2018.", "2018-04-16 *; 2018-04-23 *"},
		{"fr", "T", "L'atelier du 9 avril 2018 est annulé. Date limite d'inscription : 16 mars 2018.", ""},
		{"fr", "T", "L'atelier du 9 avril 2018 est annulé. La nouvelle date limite de dépôt est le 16 avril 2018.", ""},
		{"fr", "T", "L'atelier du 9 avril 2018 est annulé. Une nouvelle date sera communiquée le 16 mars 2018.", ""},
		{"fr", "T", "L'atelier du 9 avril 2018 est annulé. La nouvelle date est fixée au 16 avril 2018.", "2018-04-16 *"},
		{"en", "T", "The open day on 9 April 2018 is cancelled. A new date will be announced on 16 March 2018.", ""},
		{"es", "T", "El taller del 9 de abril de 2018 se cancela. La nueva fecha se comunicará el 16 de marzo de 2018.", ""},
		{"it", "T", "Il convegno del 9 aprile 2018 è annullato. La nuova data sarà comunicata il 16 marzo 2018.", ""},
		{"pt", "T", "O fórum de 9 de abril de 2018 foi cancelado. A nova data será divulgada a 16 de março de 2018.", ""},
		{"en", "T", "The seminar on 9 April 2018 is cancelled. New date: Monday 16 April 2018, 10 am, Leeds.", "2018-04-16 *"},
		{"en", "T", "The open day on 9 April 2018 has been postponed. The new date is 16 April 2018.", "2018-04-16 *"},
		{"es", "T", "La jornada del 9 de abril de 2018 se cancela. Nueva fecha: 16 de abril de 2018.", "2018-04-16 *"},
		{"es", "T", "El taller del 9 de abril de 2018 se aplaza. La nueva fecha es el 16 de abril de 2018.", "2018-04-16 *"},
		{"it", "T", "Il convegno del 9 aprile 2018 è annullato. Nuova data: 16 aprile 2018, Torino.", "2018-04-16 *"},
		{"pt", "T", "O fórum de 9 de abril de 2018 foi cancelado. Nova data: 16 de abril de 2018, 14h.", "2018-04-16 *"},

		// Planned for one day, held on another.
		{"fr", "T", "La formation prévue le 9 avril 2018 se déroulera le 16 avril 2018 à Rouen.", "2018-04-16 *"},
		{"fr", "T", "L'atelier programmé le 9 avril 2018 aura lieu le 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "Prévu le 9 avril 2018, le forum se tiendra le 16 avril 2018 à Dieppe.", "2018-04-16 *"},
		{"fr", "T", "Le forum, prévu le 9 avril 2018, aura lieu le 16 avril 2018 à Dieppe.", "2018-04-16 *"},
		{"fr", "T", "La conférence qui était programmée le 9 avril 2018 se tiendra le 16.", "2018-04-16 *"},
		{"fr", "T", "Le forum prévu du 9 au 11 avril 2018 se tiendra à Rouen.", "2018-04-09/2018-04-11 *"},
		{"fr", "T", "Prévue le 9 avril 2018, la conférence sera suivie le 16 avril 2018 d'un atelier.", "2018-04-09 *; 2018-04-16 *"},
		{"fr", "T", "La réunion prévue le 9 avril 2018 se tiendra à Rouen, et l'atelier le 16 avril 2018.", "2018-04-09 *; 2018-04-16 *"},
		{"fr", "T", "Le forum est prévu le 9 avril 2018 et l'atelier se tiendra le 16 avril 2018 à Rouen.", "2018-04-09 *; 2018-04-16 *"},
		{"fr", "T", "La séance prévue le 9 avril 2018 se tiendra à Rouen, celle du 16 avril 2018 à Dieppe.", "2018-04-09 *; 2018-04-16 *"},
		{"fr", "T", "La séance prévue le 9 avril 2018 à 14h se tiendra à Dieppe le 16 avril 2018.", "2018-04-16 *"},
		{"fr", "T", "L'atelier prévu le 9 avril 2018 aura lieu à Rouen. Le forum se tiendra le 16 avril 2018.", "2018-04-09 *; 2018-04-16 *"},
		{"en", "T", "The workshop planned for 9 April 2018 will take place on 16 April 2018 in Leeds.", "2018-04-16 *"},
		{"en", "T", "The seminar scheduled for 9 April 2018 will finally be held on 16 April 2018.", "2018-04-16 *"},
		{"en", "T", "The conference scheduled for 9 April 2018 will take place in Leeds.", "2018-04-09 *"},
		{"en", "T", "The seminar is planned for 9 April 2018 and the workshop will be held on 16 April 2018.", "2018-04-09 *; 2018-04-16 *"},
		{"es", "T", "El taller previsto para el 9 de abril de 2018 tendrá lugar el 16 de abril de 2018 en Sevilla.", "2018-04-16 *"},
		{"es", "T", "La jornada programada para el 9 de abril de 2018 se celebrará el 16 de abril de 2018.", "2018-04-16 *"},
		{"it", "T", "Il seminario previsto per il 9 aprile 2018 si terrà il 16 aprile 2018 a Torino.", "2018-04-16 *"},
		{"it", "T", "La conferenza programmata per il 9 aprile 2018 avrà luogo il 16 aprile 2018.", "2018-04-16 *"},
		{"pt", "T", "O seminário previsto para 9 de abril de 2018 terá lugar no dia 16 de abril de 2018.", "2018-04-16 *"},
		{"pt", "T", "A sessão marcada para 9 de abril de 2018 realiza-se no dia 16 de abril de 2018 em Faro.", "2018-04-16 *"},

		// What holds beside what is denied.
		{"fr", "T", "Le salon, qui se tiendra le 9 avril 2018 à Dieppe, ne se tiendra pas à Rouen.", "2018-04-09 *"},
		{"fr", "T", "Le salon du 9 avril 2018 n'aura pas lieu à Rouen.", ""},
		{"fr", "T", "La conférence du 9 avril 2018 est annulée ; celle du 16 avril 2018 est maintenue.", "2018-04-16 *"},
		{"fr", "T", "La conférence du 9 avril 2018 est supprimée, celle du 16 avril 2018 maintenue.", "2018-04-16 *"},
		{"fr", "T", "La séance du 9 avril 2018 est maintenue ; celle du 16 avril 2018 est annulée.", "2018-04-09 *"},
		{"en", "T", "The workshop on 9 April 2018 is cancelled; the one on 16 April 2018 is maintained.", "2018-04-16 *"},
		{"en", "T", "The fair, which will be held on 9 April 2018 in Leeds, will not be held in York.", "2018-04-09 *"},
		{"es", "T", "El taller del 9 de abril de 2018 se cancela; el del 16 de abril de 2018 se mantiene.", "2018-04-16 *"},
		{"es", "T", "La jornada, que tendrá lugar el 9 de abril de 2018 en Sevilla, no tendrá lugar en Cádiz.", "2018-04-09 *"},
		{"it", "T", "Il seminario del 9 aprile 2018 è annullato; quello del 16 aprile 2018 è confermato.", "2018-04-16 *"},
		{"it", "T", "Il convegno, che si terrà il 9 aprile 2018 a Torino, non si terrà a Milano.", "2018-04-09 *"},
		{"pt", "T", "A sessão de 9 de abril de 2018 foi cancelada; a de 16 de abril de 2018 mantém-se.", "2018-04-16 *"},
		{"pt", "T", "O fórum, que terá lugar a 9 de abril de 2018 em Faro, não terá lugar em Lisboa.", "2018-04-09 *"},

		// What cancels nothing.
		{"fr", "T", "Le forum aura lieu le 9 avril 2018 à Rouen. L'annulation est gratuite jusqu'au 5 mars 2018.", "2018-04-09 *"},
		{"fr", "T", "Aucun rendez-vous n'est annulé : le forum aura lieu le 9 avril 2018 à Rouen.", "2018-04-09 *"},
		{"fr", "T", "Sauf annulation, le forum aura lieu le 9 avril 2018 à Rouen.", "2018-04-09 *"},
		{"fr", "T", "Le forum du 9 avril 2018 n'est pas annulé, il aura lieu à Rouen.", "2018-04-09 *"},
		{"fr", "T", "Le forum aura lieu le 9 avril 2018 à Rouen. Frais d'annulation : 20 euros. En cas d'annulation de votre part, écrivez-nous.", "2018-04-09 *"},
		{"fr", "T", "Le forum du 9 avril 2018 n'aura pas lieu à Rouen mais à Dieppe.", "2018-04-09 *"},
		{"fr", "T", "Le forum aura lieu le 9 avril 2018 à Rouen, sous réserve que l'inscription ne soit pas annulée.", "2018-04-09 *"},
		{"en", "T", "The workshop will take place on 9 April 2018 in Leeds. Cancellation fees apply.", "2018-04-09 *"},
		{"en", "T", "The workshop on 9 April 2018 is not cancelled and will take place in Leeds.", "2018-04-09 *"},
		{"en", "T", "Unless cancelled, the workshop will be held on 9 April 2018 in Leeds.", "2018-04-09 *"},
		{"es", "T", "El taller tendrá lugar el 9 de abril de 2018 en Sevilla, salvo cancelación.", "2018-04-09 *"},
		{"it", "T", "Il seminario si terrà il 9 aprile 2018 a Torino, salvo annullamento.", "2018-04-09 *"},
		{"pt", "T", "O seminário terá lugar a 9 de abril de 2018 em Faro, salvo cancelamento.", "2018-04-09 *"},
	} {
		title := c.title
		if title == "T" {
			title = "Une nouvelle du réseau"
		}
		events, _ := Read(c.text, Options{Title: title, Ref: Date{2018, 1, 25}, Lang: c.lang})
		var days, got []string
		want := strings.Split(c.want, "; ")
		for i, e := range events {
			day := e.Start.String()
			if e.End != e.Start {
				day += "/" + e.End.String()
			}
			if i < len(want) && strings.HasSuffix(want[i], " *") {
				got = append(got, day+" *")
			} else {
				got = append(got, day+" "+e.Title)
			}
			days = append(days, day+" "+e.Title)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s %q %q:\n got %s\nwant %s", c.lang, c.title, c.text, strings.Join(days, "; "), c.want)
		}
	}
}
