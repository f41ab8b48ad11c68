package config

// DefaultSections returns the six sections of the printed InfoLettre, in its order.
func DefaultSections() []Section {
	return []Section{
		{"agenda", map[string]string{"fr": "Agenda", "en": "Diary"},
			[]string{"agenda", "calendrier", "dates à retenir", "save the date", "diary", "upcoming events"}},
		{"editorial", map[string]string{"fr": "Éditorial", "en": "Editorial"},
			[]string{"éditorial", "édito", "editorial", "mot de la présidente", "mot du président", "message from the president"}},
		{"cites", map[string]string{"fr": "Nouvelles des Cités des métiers", "en": "News from the Cités des métiers"},
			[]string{"la cité des métiers de", "la cité des métiers du", "news from the cité"}},
		{"network", map[string]string{"fr": "Nouvelles du Réseau", "en": "Network news"},
			[]string{"réseau", "comité de labellisation", "comité exécutif", "partenariat avec", "network", "labelling committee"}},
		{"funding", map[string]string{"fr": "Financements européens", "en": "European funding"},
			[]string{"financement", "financements européens", "appel à projets", "appel à candidatures", "subvention", "funding", "call for proposals", "grant"}},
		{"people", map[string]string{"fr": "Arrivées / Départs", "en": "Arrivals / Departures"},
			[]string{"arrivée", "départ", "arrivées et départs", "nomination", "nouvelle directrice", "nouveau directeur", "prend ses fonctions", "arrival", "departure", "appointed", "new director"}},
	}
}
