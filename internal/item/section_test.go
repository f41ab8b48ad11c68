package item

import "testing"

// A centre's own network of partners is not the Réseau.
func TestRoute_DefiniteNetworkOnly(t *testing.T) {
	t.Parallel()
	sections := []Section{{Key: SectionCentres}, {Key: SectionNetwork, Words: []string{"réseau", "network"}}}
	for title, want := range map[string]string{
		"Porto renforce son réseau de partenaires":      SectionCentres,
		"Notre réseau de bénévoles s’agrandit":          SectionCentres,
		"Limoges builds a network of employers":         SectionCentres,
		"Réunion du Réseau":                             SectionNetwork,
		"Réseau : la formation de mars":                 SectionNetwork,
		"Nos réseaux et le Réseau":                      SectionNetwork,
		"Un réseau de parrains, présenté à la Cité":     SectionCentres,
		"The network meets in Rouen":                    SectionNetwork,
		"Le Réseau et son réseau de partenaires locaux": SectionNetwork,
	} {
		if got, why := route(sections, title, "Un texte.", "Cité des métiers de Porto"); got != want {
			t.Errorf("%q: %s (%s), not %s", title, got, why, want)
		}
	}
}
