package editorial

import (
	"strings"
	"testing"
)

// Remarks, limits, doubts and delays, one a line, as people put them below a yes.
const remarks = `Merci d'attendre mon retour pour la publication
Je voudrais juste que Paul y jette un œil avant
Paul doit encore y jeter un œil
Laisse-moi jusqu'à demain
Ce sera bon quand le titre sera changé
Quand Marie aura répondu
Seulement la première partie
La deuxième partie est à enlever
Pas la photo
Je te laisse corriger la faute
J'ai corrigé le titre ci-dessous
Au passé composé dans le titre, svp
Changer "mer" en "océan"
Remplacer Rouen par Nantes
Rouen s'écrit avec un R majuscule
Il y a deux "le" dans la première phrase
La légende n'est pas la bonne
Le nom de Nadia est mal orthographié
La photo est à l'envers
Photo à recadrer
Le chapo me paraît long
C'est long
C'est un peu mou
Bof
Mouais
Moyen
Pas terrible
J'aurais aimé une autre photo
J'aurais préféré un autre titre
Idéalement, à publier en mars
De préférence en mars
Publiez-le plutôt en mars
À ne diffuser qu'en interne
Interdiction de publier avant le 12
Sous embargo
Embargo 12h
Ne rien publier
Merci de patienter
Merci de bien vouloir patienter
On attend encore Paul
Nous attendons la réponse du maire
J'attends une réponse de Paul
Il faut l'aval du maire
Le maire n'a pas encore donné son accord
Sans engagement
Je me permets d'émettre une réserve
Avec une petite modification du titre
Avec le titre suivant : La mer
Le titre devient : La mer
Nouveau titre proposé - La mer
Juste une chose : le nom
Juste un détail, la date
Une petite chose à changer
Petite correction : c'est le 23
C'est le 23 mars, pas le 22
C'est à Nantes et non à Rouen
Non pas le 22 mais le 23
Le 23 au lieu du 22
23 mars et pas 22
Euh non
Ah zut
Zut, mauvaise réponse
Erreur de ma part
Ignorez ce message
Ce message était pour un autre texte
Je parlais du texte 43
Ceci concerne l'autre texte
C'était une blague
Je plaisante
Ma réponse concerne le 42
Hold your horses
Let's wait for Paul
We should wait for Paul
Can this wait until March?
Please wait for the final figures
Let's hold this one
Hold for now
Please hold
Not this week
Not now
Do not use the photo
Don't use the second photo
I'd rather see another title
I would rather have another photo
Just one thing: the name
One small thing, the date
Minor edit needed in the title
It needs a better title
Needs work
Needs another read
The second paragraph could be cut
The headline could be better
The name is spelled wrong
Paul's name has two l's
It's Nantes, not Rouen
The 23rd, not the 22nd
That was for the other text
I meant no
I meant item 43
Sorry, wrong email
Sorry, wrong text
Just kidding
Oh no
Oh wait
Ah no
Nope
Nah
Well, no
Not really
Hmm
Hmm, not so fast
Pending
TBC
Subject to change
Run it in March
Publish in March
Publish after the summer
To be published on 15 March only
Keep it internal
Keep this to yourself for now
For internal use only
Strictly confidential until Monday
No earlier than Tuesday
Tuesday at the earliest
Mardi au plus tôt
Au plus tôt mardi
Pas plus tôt que mardi
Le plus tard possible
Seul le premier paragraphe
Uniquement en français
En français uniquement
Only in French
The mayor wants to see it first
Le maire veut le voir d'abord
D'abord, faites relire par Paul
Faites relire par Paul
Fais relire à Paul
Paul relit ce soir
Paul is reading it tonight
Je le relis ce soir
Je jette un œil ce soir
Je regarderai ça demain
I'll take a look tonight
Will read tonight
Give me until tomorrow
I need a day
Need more time
Il me faut un jour de plus
Encore un jour
Dans le doute, non
Dans le doute on s'abstient
Abstention
Je m'abstiens
Sans avis
I abstain
No opinion
Je n'ai pas d'avis
Cela me pose problème
Ça me pose question
Ça pose question
J'ai des réserves
I have reservations
I have concerns
Vérifier la date
Vérifiez l'adresse
À vérifier : l'adresse
Check the address
Address to be checked
Who took the photo?
Vous avez les droits de la photo ?
Do we have the rights?
Photo libre de droits ?
N'oubliez pas le crédit photo
Don't forget the photo credit
Pensez au crédit photo
Crédit photo : Paul
Photo credit: Paul
La photo doit être créditée
Ajouter le logo
Add the logo
Mettre le logo de la région
Logo manquant
Lien cassé
Lien mort
Dead link
Mauvais lien
Mauvaise date
Mauvaise photo
Wrong photo
Date passée
L'événement est passé
L'événement est annulé
Forum annulé
Event cancelled
Le forum est reporté
The forum was moved to April
La date a changé
The date has changed
Nous avons changé de date
Le lieu a changé
Paul ne travaille plus chez nous
Paul no longer works here
On ne peut pas dire cela
On ne peut pas écrire ça
We can't say that
Le ministère s'y oppose
Ne pas citer Paul
Don't name Paul
Sans citer Paul
Anonymiser Paul
Paul ne veut pas apparaître
Paul refuse
Paul says no
Paul dit non
Marie n'aime pas
Marie doesn't like it
Le reste non
Le reste, non
Not the rest
Half of it
La moitié seulement
En partie
Partiellement
Partly
In part
Yes and no
Oui et non
Plus ou moins
More or less
Presque
Almost
Almost there
C'est presque ça
Presque parfait
Quasi parfait
Ce serait parfait avec une autre photo
Would be perfect with another photo
Better with another photo
À une condition
Une seule condition : la photo
On one condition
À deux conditions
With one proviso
Moyennant une relecture
Après relecture
Relecture nécessaire
Dernière relecture demain
One last check tomorrow
Final check pending
Attendre confirmation
En attente de confirmation
Awaiting confirmation
Confirmation à venir
Confirmation suivra
Je confirme demain
I'll confirm tomorrow
Je vous confirme demain
À confirmer demain
Rappelez-moi avant
Appelez-moi avant de publier
Appelle-moi avant
Call me first
Call me before
Appelez-moi d'abord
On s'appelle avant
Parlons-nous d'abord
Prévenez-moi avant
Tell me before you publish
Envoyez-moi la version finale avant
Montrez-moi la maquette
Je veux voir la maquette
I want to see the proof first
Show me the layout first
Je peux voir la maquette ?`

// Talk, one a line, that leaves a yes as it is.
const talk = `Je suis à Bruxelles toute la semaine, joignable par mail.
Les enfants vont bien, merci.
Le soleil est revenu à Marseille.
J'ai transmis ton bonjour à Paul.
Ton texte m'a fait penser à mon grand-père.
On en a parlé en réunion ce matin, tout le monde était ravi.
Le directeur te félicite.
Toute l'équipe vous remercie pour votre contribution.
Nous avons hâte de vous accueillir à Porto.
Je t'envoie les chiffres de fréquentation cet après-midi.
À très vite au séminaire !
Vivement les vacances.
Belle initiative, j'en parlerai à mes collègues.
Très belle photo de groupe !
Super photo.
Joli titre !
Le titre est très bien trouvé.
Bravo pour ce numéro !
Quel beau numéro.
J'ai bien ri au deuxième paragraphe.
Merci encore pour ta patience.
Merci pour la relecture attentive.
Merci d'avance.
Merci de ton travail.
Tu peux m'appeler quand tu veux.
Appelle-moi quand tu veux.
N'hésite pas à me solliciter.
Je reste à ta disposition.
Je reste disponible pour toute question.
Pour info, je serai en congé du 12 au 20.
Je serai absente vendredi.
Mon train part à 17h, je file.
Je t'appelle ce soir.
On se retrouve à la gare.
Bises à tous.
Je t'embrasse.
Portez-vous bien.
Prenez soin de vous.
Bonne année à tous !
Félicitations à Nadia pour son nouveau poste.
J'ai lu le texte avec grand plaisir.
J'ai relu deux fois, c'est impeccable.
Tout est juste.
Tout est clair.
C'est exactement ce qu'il fallait.
Exactement ce que nous voulions.
Rien à dire.
Rien de plus à dire.
Je n'ai rien vu à redire.
Pas de remarque particulière.
Pas d'objection de ma part.
Aucune correction à faire.
Mille mercis pour ce travail d'équipe.
Envoyé depuis mon téléphone
The kids are fine, thanks for asking.
The weather is lovely here.
I will be in Lisbon all week.
Say hello to Marco from me.
Our visitors loved the exhibition.
We had sixty visitors yesterday.
The team sends its regards.
Great photo!
Lovely headline.
I love the title.
What a beautiful picture.
Brilliant work from everyone in Rouen.
Congratulations to Nadia on her new job.
Thanks for your patience.
Thank you for all your hard work on this.
I read it twice and it is spot on.
It reads very well.
Everything is clear.
Exactly what we wanted.
No further comments.
Nothing to add from my side.
Feel free to call me any time.
Feel free to contact me if you have any questions.
My train leaves at five, must dash.
I'm away on Friday.
I'll be on holiday next week.
Give my love to the family.
Have a great week.
Take care.
Talk soon.
Looking forward to seeing you in Porto.
Looking forward to the next meeting.
Je me réjouis de vous voir.
Nous fêtons nos vingt ans cette année.
Le café de la gare a rouvert.
J'ai mangé une excellente pizza hier.
Ma collègue Inès a beaucoup aimé.
Les élèves seront fiers de se voir dans la lettre.
Cela fera plaisir aux partenaires.
This will please our partners.
The pupils will be proud.
Good luck with the rest of the issue.
Bon courage pour le bouclage !
Bonne fin de bouclage.
Je pense bien à vous.
Désolée de répondre si tard.
Sorry for answering so late.
Désolé, je n'avais pas vu ton mail.
Sorry, I had not seen your mail.
Je n'étais pas au bureau hier.
I was not in the office yesterday.
Nous ne serons pas à Porto cette année.
On ne change pas une équipe qui gagne.
C'est rare de lire un texte aussi clair.
Élise`

func TestRemarksDecideNothing(t *testing.T) {
	for words := range strings.SplitSeq(remarks, "\n") {
		for _, before := range []string{"OUI\n\n", "Yes. ", "Bon à tirer\n"} {
			if r := read(before + words); r.Verb != None {
				t.Errorf("%q: %s", before+words, r.Verb)
			}
		}
	}
}

func TestTalkTakesNothingBack(t *testing.T) {
	for words := range strings.SplitSeq(talk, "\n") {
		for _, before := range []string{"OUI\n\n", "Yes.\n\nThanks!\n"} {
			if r := read(before + words); r.Verb != Approve {
				t.Errorf("%q: %s (%s)", before+words, r.Verb, r.Why)
			}
		}
	}
}
