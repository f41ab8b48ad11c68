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
Je peux voir la maquette ?
Je rappelle que le texte est sous embargo jusqu'au 3 avril
Tenez-moi au courant avant de lancer
On fait comme ça, sauf avis contraire de Paul
Sauf avis contraire
Sauf contrordre
Le feu vert définitif viendra de Paul
Paul vous dira quand
C'est Paul qui décide
C'est à Paul de décider
Paul decides
Ask Paul
It's Paul's call
Up to Paul
Demandez à Paul
À Paul de voir
Dites-moi quand ça part
Ne l'annoncez pas trop tôt
Pas de photo de mineurs sans autorisation
Les parents n'ont pas signé
Il manque l'autorisation des parents
On attend les parents
Je n'ai pas pu ouvrir la pièce jointe
Je n'ai pas réussi à lire la fin
Je n'ai lu que le début
Je n'ai lu que le titre
I only read the title
I could only open the first page
I couldn't open the file
Le fichier est illisible
Bizarre, cette phrase
Cette phrase est bancale
Le ton est un peu sec
Ton trop publicitaire
Trop de publicité
Trop d'adjectifs
Un peu trop d'adjectifs
Moins d'adjectifs
Plus court si possible
À couper de moitié
Coupez la fin
Virez la dernière phrase
Faites sauter le dernier paragraphe
Sautez le deuxième paragraphe
Enlève stp le numéro de téléphone
Mon numéro a changé
Mon adresse n'est plus la bonne
Nouvelle adresse : 12 rue du Port
Attention, nouvelle date !
La réunion est décalée au 25
Décalé au 25
Repoussé d'une semaine
Delayed by a week
Rescheduled to the 25th
Le 25, finalement
Correction de date : 25 mars
Date : le 25 plutôt
25 mars !
Heure : 18h au lieu de 17h
18h, pas 17h
Read "Nantes" for "Rouen"
Lire "Nantes" au lieu de "Rouen"
Lisez Nantes
s/Rouen/Nantes
Rouen -> Nantes
Rouen => Nantes
Put Nantes instead of Rouen
Make it shorter
Make the photo bigger
Photo bigger please
Bigger photo please
Plus grande, la photo
Photo en noir et blanc
Inverser les deux photos
L'autre photo
Photo n° 2
The other photo
Second photo, please
Can we use another picture
Could we change the date
Would it be possible to wait
Serait-il possible d'attendre
Est-il possible de décaler
Merci de décaler d'une semaine
Merci de supprimer mon nom
Merci d'enlever mon nom
Merci d'ajouter mon nom
Merci de vérifier l'orthographe de mon nom
Please spell my name correctly
Please mention our partner
Mentionner notre partenaire
Notre partenaire n'est pas cité
Our partner is not mentioned
Il faudrait citer la région
La région doit être citée
Nous devons citer la région
We must credit the region
The region must be credited
Ne pas envoyer aux partenaires
Pas aux partenaires
Membres seulement
Members only
Pour les membres uniquement
À réserver aux membres
Version française seulement
Pas la version anglaise
The English version is not ready
La version anglaise n'est pas prête
La traduction n'est pas terminée
Translation still missing
Traduction à revoir
Hors sujet en fait
Doublon avec le 42
Déjà publié
Already published
Déjà paru en décembre
We ran this in December
Ça fait doublon
Même texte que le mois dernier
Je me demande si c'est bien utile
Je me demande
I wonder
I wonder if it's useful
Pas très utile
Pas indispensable
Pas urgent
Not urgent
Rien ne presse pour publier
Peut attendre
Can wait
It can wait
Cela peut attendre mars
Could go in the next one
Peut passer le mois prochain
Le mois prochain plutôt
Next month
Le mois prochain
En mars
In March
Fin mars
Début avril
Après Pâques
After Easter
Quand vous voulez, mais pas avant mardi
D'accord sur le principe
In principle yes
Sur le fond oui, sur la forme non
Sur le fond
Le fond est bon, pas la forme
La forme est à revoir
Oui pour le texte, non pour la photo
Oui au texte, non à la photo
Text yes, photo no
Photo non
Mon oui est conditionnel
C'est un petit oui
C'est un oui timide
Un oui du bout des lèvres
À contrecœur
Reluctantly
Faute de mieux
For want of anything better
Si vous y tenez
If you insist
Puisqu'il le faut
Vous êtes sûrs
Sûr et certain ?
On est sûr du chiffre
Le chiffre m'étonne
Ce chiffre me surprend
That figure surprises me
60 visiteurs me semble peu
Soixante ou six cents ?
Source ?
D'où vient ce chiffre
Where does this figure come from
Qui a dit ça
Est-ce vrai
Is that true
Disregard my previous message
Please ignore my yes
Mon oui ne vaut pas pour la photo
Forget what I said
Oubliez ce que j'ai dit
Je retire
Je retire mon oui
J'ai répondu trop vite
I answered too quickly
J'ai cliqué trop vite
Mauvais bouton
Réponse envoyée par erreur
Sent by mistake
Wrong button
Mon fils a tapé ça
That was autocorrect
Ceci est un test
This is a test
Merci de garder cela pour nous jusqu'à l'annonce officielle
Le ministre doit l'annoncer lui-même
Laissez au ministre la primeur
Nous sommes tenus au secret jusqu'au vote
Le vote a lieu jeudi, rien avant
Rien ne doit filtrer
Je suis d'accord à 80 %
À 90 % d'accord
Ok à 90%
Un seul regret, la photo
Petit regret : le titre
Regret : pas de photo
J'enlèverais la dernière phrase
Je changerais le titre
Je mettrais une autre photo
J'ajouterais une phrase
Il me manque juste le nom du photographe
Quid de la photo
Quid du crédit
Et la photo
Et le crédit photo
La photo est-elle libre
Le nom de famille prend deux l
Deux fautes de frappe à la ligne 3
Ligne 3 : un s à métiers
Métiers prend un s
Accord du participe ligne 2
Virgule en trop
Il y a une virgule de trop
Espace manquant
Paragraphe 2 incompréhensible
Je ne comprends pas le deuxième paragraphe
Je n'ai pas compris la fin
Pas compris
I don't follow the second paragraph
The ending makes no sense
Makes no sense to me
Not my call
Not for me to say
Ce n'est pas à moi de dire
Ce n'est pas de mon ressort
Je ne suis pas la bonne personne
I'm not the right person
Voyez plutôt avec Inès
Adressez-vous à Inès
Inès suit ce dossier
C'est Inès qui s'en occupe
Transférez à Inès
Please ask Inès
Inès handles this
Better ask Inès
Le chiffre exact est 62
62 et non 60
It's 62 actually
62, not 60
Should read 62
Il faut lire 62
Coquille : 62
Erreur : 62
Supprimons la photo
Changeons le titre
Attendons mardi
Patientons
Let us wait
Let's not publish yet
Let's drop the photo
Let's change the title
We'll change the title
I will change the title later
Je changerai le titre plus tard
Je t'envoie une meilleure photo
Je vous envoie la bonne photo demain
Une meilleure photo suit
Photo à suivre
La suite demain
Better photo to follow
I'll send a better picture
New version coming
Nouvelle version à venir
Je vous renvoie une version corrigée
Version corrigée en pièce jointe
Corrected version attached
See attached corrections
Voir corrections en pièce jointe
Voir mes remarques ci-dessous
Mes remarques en rouge
My comments in red
Comments inline
Quelques remarques
Quelques petites remarques
A few remarks
Some comments below
Voici mes corrections
Here are my corrections
Modifs en pièce jointe
Two small changes
Deux petites modifs
1. changer le titre
- enlever la photo
* la date est fausse
a) titre trop long
TITRE TROP LONG
NE PAS PUBLIER
STOP
ATTENDRE SVP
DO NOT PUBLISH
ps ne pas publier
P.S. : embargo mardi
PS attendre mardi
PPS : sans la photo
NB : pas avant mardi
N.B. ne pas diffuser
Edit : en fait non
EDIT: no
Update: no
MAJ : non
Rectif : non
Erratum : non
(sauf la photo)
(not the photo)
[sauf la photo]
Sauf photo
Hors photo
Photo exclue
Without photo
Sans photo
No pic
Sans pub
Texte seul
Text only
Le texte seul, pas l'image
OK texte, KO photo
KO
Non validé en fait
Pas validé
Not validated
Unapproved
Not OK actually
Je rectifie : non
Je corrige : non
Je précise : pas la photo
Précision : pas la photo
En revanche la photo non
Par contre le titre
Quant à la photo, non
Concernant la photo, non
Pour la photo c'est non
Non à la photo
For the photo it's a no
The photo is a no
La photo ne passe pas
Le titre ne passe pas
Le titre ne me plaît pas
Je n'aime pas le titre
Titre nul
Nul
Lamentable
C'est nul
Mediocre
Terrible
Awful photo
Quelle horreur
Publish? no
Publier ? Non
Faut-il vraiment publier ça
Est-ce bien nécessaire
Is this necessary
Do we need this
À quoi bon
Merci d'attendre
Merci de ne rien faire
Merci de suspendre
Merci de geler
Merci de bloquer
Merci de retirer
Merci d'annuler
Thanks for not publishing yet
Thanks for holding it
Thank you for waiting until Tuesday`

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
Élise
Ce texte donne envie de venir à Rouen.
Texte impeccable, rien à ajouter.
Très intéressant, merci.
J'ai appris beaucoup de choses.
On sent tout le travail derrière.
Cela fait chaud au cœur.
Bravo aux jeunes !
Quelle énergie !
Un grand bravo à Paul pour la photo.
Les photos sont superbes.
La photo de la page 2 est magnifique.
Ce numéro s'annonce très riche.
Hâte de lire la suite.
Je le partagerai à mon réseau dès sa sortie.
Nous le partagerons sur nos réseaux.
Je vous envoie un autre texte demain.
Je vous prépare un article pour le prochain trimestre.
Nous avons une réunion à Paris jeudi.
Le colloque de Lisbonne s'est bien passé.
Marie vous salue.
Marie est en congé cette semaine.
Paul m'a dit que vous veniez à Porto.
Tu me raconteras.
Au plaisir de te revoir.
Ici tout va bien.
Tout roule.
Bien reçu, merci.
C'est noté.
Message bien reçu.
Merci de m'avoir consultée.
Merci de votre confiance.
Merci de la part de toute l'équipe.
Merci infiniment, c'est du beau travail.
Rien à changer de mon côté.
Parfait de mon côté.
Tout est parfait.
C'est parfait pour nous.
Très bien écrit.
Bien écrit et bien illustré.
Clair, net et précis.
Court et efficace.
Ça me va très bien.
Ça nous convient.
Nous sommes partants.
Vous faites un travail remarquable.
I learned a lot from it.
It made me want to visit Rouen.
What energy!
The photos are superb.
Well written and well illustrated.
Short and sweet.
Clear and to the point.
I will share it with my network.
We will share it with our network.
I'm sending you another text tomorrow.
We have a meeting in Paris on Thursday.
The Lisbon conference went well.
Marie says hi.
Marie is on leave this week.
All well here.
Thanks for asking me.
Thanks from the whole team.
You are doing a remarkable job.
It was good to see you last week.
That made my day.
It's a pleasure to read.
Keep up the good work!
Happy to help.
Happy new year!
Count me in for lunch.
I have just come back from Bristol.
My phone is acting up today.
Writing this from the train.
Typing with one thumb.
Envoyé du train.
Je tape avec un doigt.
Mon ordinateur est en panne.
PS : ma fille adore la photo.
PS: see you in Porto!
PS : on déjeune ensemble jeudi ?
PS : félicitations pour ton prix !
NB : je suis en télétravail demain.`

// Further plain yeses, one a line; "|" is a line end.
const yeses = `Oui !!
OUI!!!
oui oui
Oui, bien sûr
Oui, tout à fait d'accord
Oui avec plaisir
OK c'est bon
Ok, c'est bon pour moi
Ok c'est validé
OK, validé
OK, approuvé
Okay
Oki
Dac
D accord
Je suis d'accord
Tout à fait d'accord
Entièrement d'accord
Nous sommes d'accord
C'est d'accord
C'est d'accord pour moi
C'est OK pour moi
C'est ok pour nous, merci
C'est tout bon
Tout bon pour moi
Bon pour publication
Bon pour parution
Bonne pour publication, merci !
Validé pour publication
Validé pour moi
Validé de mon côté
Je valide ce texte
Je valide l'article
Je valide la publication
Je valide sans réserve
J'approuve
J'approuve ce texte
Approuvé sans réserve
Approuvé, merci
Accord de ma part
J'y suis favorable
Avis favorable
Feu vert !
Va pour moi
Ça me va
Ça me va !
Ça me va très bien
Ça me convient
Cela me convient parfaitement
Parfait pour moi
C'est parfait pour moi
Impeccable, je valide
Super, validé !
Très bien, je valide
Très bien, c'est validé
Excellent, OK pour moi
Merci, c'est validé
Merci Nadia, c'est validé
Publiez !
Publiez-le
Vous pouvez y aller
Tu peux y aller
On y va
Allez-y
Vas-y
Go
Go !
GO pour moi
C'est bon
C'est bon, merci
C'est bon pour publication
Yes!
Yes, approved
Yes, looks good
Yes, go ahead
Yes, that's fine
Yes, fine by me
Yes, please publish
Yes, publish it
Yes from me
Sure
Sure, go ahead
Sure thing
Certainly
Absolutely
Of course, go ahead
Approved, thank you
Approved as is
Approved for publication
I approve this text
I'm happy with this
I am happy with it
Happy with this, thanks
Happy to approve
All good
All good from my side
All good on my side
Good for me
Looks good, thanks
Looks great, approved
Looks fine to me
This looks good
It looks good to me
That looks great, go ahead
Sounds good
Sounds good to me
That's fine with me
That works for me
Works for me
I agree
Agreed, thanks
OK with me
OK, go ahead
OK to publish
Ok thanks
Okay, thank you
Perfect, approved
Great, go ahead
Thumbs up
👍👍
👍 merci
✅ validé
Oui 😊
OK :-)
Ok ;)
OUI :)
oui, pour moi, c'est OK
Bonjour à tous, OK pour moi
Bonjour, je valide.
Bonjour, c'est bon pour moi, merci beaucoup.
Bonsoir Nadia, c'est validé. Bonne soirée !
Hi Nadia, yes please
Hi Nadia - approved
Hello, fine by me.
Hey, looks good!
Nadia,|OUI
Dear all,|Approved.
Coucou,|ok pour moi !
Chère Nadia,||D'accord.
Madame,||J'approuve ce texte.
Bonjour Madame Berthier,|Oui
Bonjour Mme Berthier, oui.
Bonjour,|C'est validé de mon côté.|Bonne journée|Marco`

func TestReadReply_FurtherYesesApprove(t *testing.T) {
	t.Parallel()
	for words := range strings.SplitSeq(yeses, "\n") {
		text := strings.ReplaceAll(words, "|", "\n")
		if r := read(text); r.Verb != Approve {
			t.Errorf("%q: %s (%s)", text, r.Verb, r.Why)
		}
		if r := read("Je suis absente.\n" + text); r.Verb != None {
			t.Errorf("%q below another line: %s", text, r.Verb)
		}
	}
}

func TestReadReply_RemarksDecideNothing(t *testing.T) {
	t.Parallel()
	for words := range strings.SplitSeq(remarks, "\n") {
		for _, before := range []string{"OUI\n\n", "Yes. ", "Bon à tirer\n"} {
			if r := read(before + words); r.Verb != None {
				t.Errorf("%q: %s", before+words, r.Verb)
			}
		}
	}
}

func TestReadReply_TalkRetractsNothing(t *testing.T) {
	t.Parallel()
	for words := range strings.SplitSeq(talk, "\n") {
		for _, before := range []string{"OUI\n\n", "Yes.\n\nThanks!\n"} {
			if r := read(before + words); r.Verb != Approve {
				t.Errorf("%q: %s (%s)", before+words, r.Verb, r.Why)
			}
		}
	}
}
