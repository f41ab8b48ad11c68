package editorial

import (
	"strings"
	"testing"
)

// Lines below a yes that a careful editor-in-chief reads as retracting, restricting or
// deferring it, or as a mere acknowledgement.
const takenBackBelow = `L'annonce officielle aura lieu mardi, pas d'ici là
On en reparle lundi
Enfin presque
Le titre est moche
Il manque le nom du photographe
Version courte uniquement
Not the photo though
Only for members
Will confirm later
Let me ask Marco first
OK pour le fond, à revoir pour la forme
La conférence de presse est le 12, rien d'ici là
Le ministre l'annonce lui-même jeudi
C'est encore officieux
Rien n'est signé avec la région
La convention n'est pas signée
Le partenaire n'est pas encore au courant
Les salariés l'apprendront vendredi
Il serait sage de laisser passer les élections
Après les élections plutôt
Période de réserve oblige
On est en période de réserve
Prenons notre temps
Rien ne presse
Ça peut attendre le prochain
Ça fera pour la prochaine fois
Plutôt pour le numéro de juin
Je le verrais mieux en juin
Place-le en dernier
À mettre en bas de page
En page intérieure seulement
Sans la signature de Paul
Le chapeau suffit
Garde juste le premier paragraphe
Deux lignes suffiront
C'est beaucoup trop
Un tiers de moins
Le dernier paragraphe ne sert à rien
La fin tombe à plat
L'accroche est faible
Ce titre ne veut rien dire
Je n'accroche pas
Ça ne me parle pas
Pas emballée
Franchement, ça se discute
Je suis partagée
Mon cœur balance
Le ton me laisse perplexe
Je reste sur ma faim
On a vu mieux
Ça ira pour cette fois
Faute de mieux
À la limite
Si tu insistes
Puisqu'il le faut
C'est toi qui vois
À toi de voir
Comme tu veux
Comme vous voulez
Je te laisse juge
Je m'en remets à Solène
Voir avec Solène
Solène a la main
C'est Solène qui suit ça
Tu as l'accord de la mairie ?
La mairie est d'accord ?
J'espère que la mairie est d'accord
En espérant que Paul soit d'accord
Sous le contrôle de Paul
Paul fera une passe dessus
Une dernière passe est prévue demain
Je repasse dessus demain
Je complète demain
La suite demain
J'enverrai le chiffre définitif
Le chiffre définitif arrive lundi
Les chiffres sont provisoires
Le programme n'est pas arrêté
La salle n'est pas encore réservée
L'horaire reste flou
Le 22 tombe un dimanche
Le 22 mars est un jeudi, non un mercredi
Le forum dure deux jours
C'est à Caen
Le prénom est Solenn
Son nom prend deux n
Elle ne s'appelle plus Lenoir
Paul a quitté la Cité
Ce n'est plus Paul qui s'en charge
Le numéro est celui de l'ancien bureau
Le lien renvoie vers l'ancienne page
La page n'existe plus
Le formulaire est clos
Les inscriptions sont closes
C'est complet
On en a déjà parlé en décembre
Déjà vu
Sujet déjà traité
C'est de la pub
Ça frôle la publicité
Qui paie ?
Personne n'a signé ce texte
L'auteur préfère rester anonyme
L'enfant sur la photo est reconnaissable
On voit une plaque d'immatriculation
La photo vient d'une agence
La photo est payante
Les droits ne sont pas à nous
C'est pour les membres
Pour nos adhérents
Pas pour la presse
À garder entre nous
Entre nous pour l'instant
Ne pas faire circuler
Ne le mettez pas sur le site
Que dans la version papier
En ligne oui, papier non
Only the online edition
Website only
Newsletter only, not social media
Members' edition
Not the last sentence
Minus the last paragraph
Drop Paul's surname
First names only
Leave Paul out of it
The caption is off
That headline is dull
The headline oversells it
The lead is buried
A bit wordy
Too many adjectives
Half as long would do
I'd cut the ending
The ending drags
We've covered this
Old news
Someone has to own this
Legal should see it
Legal hasn't cleared it
Comms wants a look
I'd run it past Paul
Paul should have a say
Let's sleep on it
Let's see what Paul thinks
Let's talk on Monday
Talk on Monday?
Ping me before it goes
Ring me before you press send
Not before the board meets
The board meets on Thursday
After the board meeting
The press release goes out on Friday
It's under wraps until Friday
Keep it under your hat
Hush-hush until then
I could live with it
I can live with that, just about
Grudgingly
With gritted teeth
With a heavy heart
If you insist
If you must
Whatever you think
As you like
You decide
I leave it to you
Noted, will read
Read it quickly only
I skimmed it
Haven't got to the end
My yes is for the text
That's a yes to the idea
In spirit
On the whole
Broadly
For the most part
Mostly
More to follow
Final numbers to come
The figures are last year's
The venue may change
Date not fixed
Erst nach Ostern
Bitte erst am Montag
Das Foto bitte weglassen
Der Titel gefällt mir nicht
Im Prinzip ja
Ich schaue es mir morgen an
Nur intern
Bitte noch nicht veröffentlichen
Der Name ist falsch geschrieben
Das Datum stimmt nicht
Solo per i soci
Il titolo non mi convince
Ne parliamo lunedì
Non prima di martedì
La foto no
Manca il nome del fotografo
Dopo Pasqua
Prima chiediamo a Marco
Solo para socios
El título no me gusta
Lo hablamos el lunes
No antes del martes
La foto no me convence
Falta el nombre del fotógrafo
Después de Semana Santa
Só para sócios
O título não me agrada
Falamos na segunda-feira
Não antes de terça
Sem a fotografia
Falta o nome do fotógrafo
Depois da Páscoa
La préfecture communiquera jeudi
Marco tient à le relire
Il reste un blanc à remplir
J'attends le visuel
Le crédit photo n'y est pas
Solène avait des objections
Je n'ai pas ouvert la pièce jointe
Deuxième paragraphe : bof
À mon avis on peut couper
C'est daté
Ça fait double emploi avec le texte de Lille
L'image pixelise
Trois fois le mot « métiers » dans la même phrase
Mettez plutôt Rouen
On dit « la » Cité
Réservé aux abonnés
Pas sur les réseaux sociaux
Diffusion restreinte
Le nom de l'entreprise n'a rien à faire là
Rappelle-moi d'en toucher un mot à Paul
J'ai un petit souci avec la fin
Cela engage la région
L'accord de la famille ?
Le tournage n'est pas fini
Oui au fond, non à la forme
Mon avis changera peut-être
Ça passe, sans plus
Ce n'est pas mon préféré
Si ça ne tenait qu'à moi
Je m'incline
Je ne suis pas juge
Un peu léger
Pourquoi pas
Encore faut-il que Paul signe
Mieux vaut attendre l'été
Je vous dois une relecture
Vous avez mon accord verbal
Il y aura une suite
La version longue sur le site
Rouen a démenti
L'atelier a fermé
Paul est décédé
Elle est en congé maternité, ne la citons pas
On en a trop
La région passe avant
Trop de textes sur Rouen ce mois-ci
Quel titre !
Quelle photo ?
On garde la main
Accord de principe
Yes to the first half
The mayor speaks on Tuesday
Rather in the summer issue
It could do with a trim
Bit of a mouthful, that title
The second name is misspelt
Katrin is checking the figures
Paul asked not to be quoted
That's not how he spells it
Reads like an advert
I'm not wild about the ending
I'm in two minds
Not my favourite
One more pair of eyes, please
A week later would be ideal
When the ink is dry
Fine in substance
Good enough, I suppose
Passable
The workshop has closed down
Rouen denied it
He has left the company
The lawyers are on it
Members first
Print edition only
Do we own the picture?
The quote is not his
Two spaces after the full stop
There's a word missing
Lieber im Juni
Der Vorstand tagt am Donnerstag
Zu lang
Ohne Bild
Wer hat das Foto gemacht?
Meglio a giugno
Troppo lungo
Senza foto
Il consiglio si riunisce giovedì
Mejor en junio
Demasiado largo
Sin foto
Melhor em junho
Muito comprido
Le recteur doit d'abord l'annoncer
Une relecture par Solène serait bienvenue
Le paragraphe sur les tarifs me chiffonne
Je ne signerais pas des deux mains
L'intertitre est superflu
Mettre au conditionnel
Deux phrases de moins, svp
On dirait une réclame
La source n'est pas citée
Il n'a jamais dit ça
Rouen n'est pas en Bretagne
Le tableau est illisible
Le visuel est flou
Le dossier suit son cours
L'arbitrage est pour mardi
Je n'ai pas tout saisi
C'est à la direction de dire oui
Après le conseil d'administration
Pas avant la rentrée
À diffuser le 12, pas plus tôt
Que pour les Bretons
Les partenaires uniquement
Le site, pas la lettre
En attendant mieux
Bon, si tout le monde y tient
Marco n'est pas d'accord
Marco râle
Solène tique sur le titre
Paul voudrait une virgule
Nadia m'a dit que la date bougeait
La date bouge encore
L'heure est fausse
Le numéro de la rue, c'est 14
Le 14, rue du Port
Réserve : le budget n'est pas voté
Le budget n'est pas voté
Subvention en suspens
Appel d'offres en cours
Ce partenaire nous a quittés
Leur logo a changé
On a deux textes sur le même sujet
Ça chevauche l'article de Lille
Doublonne avec le 44
Vu la longueur, on coupe
Coupez
Coupe franche dans le milieu
Bâclé
Pas très inspiré
Peut mieux faire
Mouais, admettons
Je me rallie à l'avis général
Je suis l'avis de Marco
Pareil que Marco
Je garde ma réponse pour lundi
Réponse définitive demain
Oui provisoire
Oui verbal
Not until the minister has spoken
The minister breaks it on Friday
It breaks on Friday
Katrin has a problem with the title
Marco objects
Graham would rather see it in June
The budget hasn't passed
Funding is not secured
The source is missing
He never said that
That's the wrong Paul
The map is upside down
Picture quality is poor
The deadline in it is wrong
The address is number 14
Room 14, not 12
Only the Lille part
Partners only
For the website, not the letter
Two sentences fewer
Chop the middle
Sloppy
Not very inspired
Could try harder
Same as Marco
I go along with Marco
I'll go with the majority
My final answer tomorrow
Consider it a provisional yes
Ask me again on Monday
Check with me on Monday
Nicht ganz
Marco ist dagegen
Der Minister sagt es am Freitag selbst
Zu werblich
Marco non è d'accordo
Il ministro lo annuncia venerdì
Un po' lungo
Marco no está de acuerdo
El ministro lo anuncia el viernes
Un poco largo
O Marco não concorda
O ministro anuncia na sexta
Um pouco longo
La ministre veut la primeur
Le maire en fera l'annonce à la presse
Une coquille dans le chapô
Il reste des anglicismes
Le style est pesant
J'éviterais le mot crise
Crise est un mot fort
Les chiffres datent de 2015
Photo de mauvaise qualité
L'illustration jure
On ne voit pas le logo
Solène n'a pas répondu
Je n'ai pas eu Solène
Je tente de joindre Solène
J'en parle à Solène ce soir
Gardez ça au chaud
Ce sera pour avril
Début avril serait mieux
Courant avril
Pas cette semaine
Version allégée de préférence
En brève plutôt
Une brève suffirait
Seulement le deuxième texte
La première moitié
Pour le réseau uniquement
Diffusion aux seuls membres
Il faudra flouter les visages
Avec le logo de la région
Je ne m'y oppose pas
Je ne dis pas non
Ça n'engage que moi
Sans garantie
Sous toute réserve
C'est limite
C'est léger
Rien de neuf
Déjà paru chez nous en mai
The minister wants to break the news
There is a typo in the standfirst
The style is heavy going
I'd avoid the word crisis
The figures date from 2015
Katrin hasn't replied
I couldn't reach Katrin
I'm trying to reach Katrin
I'll raise it with Katrin tonight
Early April would be better
Not this week
The short version
Just the second item
Blur the faces
I don't object
I wouldn't say no
It's borderline
Nothing new here
We ran this in May
The name should come off
Erst im April
Katrin hat noch nicht geantwortet
Meglio una versione breve
Marco non ha ancora risposto
Mejor una versión breve
Marco aún no ha respondido
Melhor uma versão curta
O Marco ainda não respondeu
Le titre gagnerait à être plus clair
Plus clair, le titre
Belle photo, autre légende
Joli texte pour le numéro de juin
Super pour juin
Bravo, à reprendre en juin
Très bien pour les membres
Good piece for June
Lovely, next month
Great piece for the website
Il serait utile de revoir la fin
Un titre plus drôle
Une photo plus belle
J'aime moins la fin
J'aime bien, sauf la fin
Bel article, fin ratée
Merci de changer le titre
Merci d'ajouter le logo
Merci de le passer en juin
Merci de prévenir Paul avant
Thanks for holding it until Monday
Thanks for moving it to June
Happy to see it in June
Content de le voir en juin
Heureuse de le lire en juin
A nicer photo
A funnier title
I like the first half
Love it, different photo
I loved it, shame about the photo
Ravie, à condition de relire
Bravo quand même
Beau texte quand même
Good start
Bon début
Bonne base
Good draft
Great draft
Beau brouillon
Belle ébauche
Excellente idée à creuser
Bonne idée, à développer
Bonne idée, mais pas maintenant
Good idea for another day
Bonne idée pour une autre fois
Il fait la pluie et le beau temps, mais le titre ment
Paul est en vacances, il validera à son retour
Marie est en congé, attendons-la
Marie est malade, elle relira lundi
Paul is on holiday, he will approve it when he is back
Marie is ill, she will read it on Monday
Je suis en vacances, je relirai à mon retour
I'm on holiday, will read it when I'm back
On en parle au déjeuner
Let's discuss it over lunch
Let's decide over coffee
Voyons ça autour d'un café
La publication dépend du vote de vendredi
On attend le chiffrage
Le devis n'est pas signé
J'ai tiqué sur le chapô
Deux ou trois bricoles à revoir
Un œil neuf ne ferait pas de mal
C'est un peu tôt, non ?
Le timing est mauvais
Hors saison
On marche sur les plates-bandes de Lille
La Cité de Lille risque de mal le prendre
Gare aux noms propres
Le nom de famille prend un tréma
Le texte est truffé d'anglicismes
Plutôt en page 3
Oui mollement
Sans conviction
Par gain de paix
Si personne d'autre ne le veut
Je laisse la main
Tout dépend de Paul
Paul est censé trancher
Le chef n'a pas dit oui
J'ai juste survolé
Lu en vitesse
Il me manque la fin
Ma version n'a pas d'image
La pièce jointe ne s'ouvre pas
Seuls les adhérents sont concernés
Pas de reprise sur Facebook
À usage interne
Retirez le portable de Marie
On ne donne pas le prénom des mineurs
Le chapô suffira
Résumez
Faites plus court
Vote on Friday decides
Waiting for the quote
A couple of bits to fix
Fresh eyes wouldn't hurt
Bad timing
Too soon
Lille won't like it
Mind the surnames
Riddled with jargon
Page 3 rather
Half-hearted yes
For the sake of peace
Only skimmed the first page
The attachment won't open
No reposting on Facebook
Take Marie's number out
Keep it shorter
Summarise
Vielleicht im Sommer
Das Bild ist unscharf
L'immagine è sfocata
Forse in estate
La imagen está borrosa
A imagem está desfocada`

// The same as the line of the yes itself.
const takenBackBeside = `OK à 90 %
Ok, reçu
OK pour lecture
Validé sauf erreur de ma part
Je valide le principe
Oui en ligne seulement
Ok dès que j'ai vu la photo
OK pour le fond
OK pour le titre
Oui pour le principe
OK pour le 22
Oui pour mardi
OK pour mars
Validé pour le site
D'accord pour en parler
D'accord pour une version courte
OK pour moi, à voir avec Solène
Oui a priori
Oui, je crois
Oui je pense
Oui, enfin presque
Oui, presque
Oui bof
Oui, faute de mieux
Oui si tu veux
Oui, comme tu veux
OK, à condition
OK sur le principe
OK pour réception
Bien reçu, OK
OK, vu
Oui, vu
OK, noté
Oui, lu
OK, merci, je lis
OK je lis ce soir
OK pour relecture
D'accord avec Paul
D'accord avec la remarque de Paul
Je suis d'accord avec Solène
Même avis que Marco
Comme Marco
OK 50/50
Oui, sous embargo
OK sous embargo
OK avec la photo
OK sans la photo
Oui, version courte
Oui, en bref
Oui en juin
OK lundi
Oui demain
Yes, later
Yes, in June
Yes, mostly
Yes in principle
Yes I think
Yes, I guess
Yes to the text
Yes to the idea
Approved in principle
Approved, bar the title
OK for reading
OK, received
Ok got it
Ok noted
OK, seen
OK will do
Sure, later
Sure, if you like
Fine, whatever
Go, but later
Agreed with Paul
I agree with Graham
Yes online
Yes, online only
Yes, members only
Yes 80%
Almost approved
Not quite approved
Validé à moitié
Presque validé
Bon, d'accord…
Oui...
Ouais
Mouais ok
Ok mouais
Okay then…
Valider ?
À valider
Je validerai demain
Je validerais bien
Validez-vous ?
On valide lundi
Je valide demain
OK sauf le titre
Oui, accord de principe
Validé pour la forme
OK pour discussion
D'accord, on en reparle
OK, on voit lundi
Oui, sans la photo
Oui au fond
OK côté Lille
OK je transmets
Oui, transmis à Paul
OK je m'en occupe
Oui je m'en charge
Bon à relire
Vu et transmis
Yes from Graham
OK from a legal point of view
Yes, as a draft
Approved as a draft
OK, forwarding to Paul
Fine, subject to layout
Yes for the website
OK in theory
Good, but short
Agreed, next month
Oui pour Lille
Oui avec réserve
OK d'attendre
OK pour attendre
Oui c'est reporté
OK c'est noté pour mardi
Validé par Marco
Approuvé par Solène
OK, dixit Marco
Yes, says Graham
Approved by Graham
Yes for Lille
OK to wait
OK, holding
Sure, next month
Yes, the short one
OK le court
Oui le titre
Bon
Bien
Oui pour avril
OK version brève
Oui, une brève
OK, je ne m'y oppose pas
Yes for April
Yes, short version
Oui mollement
OK si personne ne s'y oppose
OK pour le chapô
Yes, half-heartedly`

// Ordinary talk below a yes.
const smallTalk = `Passe le bonjour à Marie
See you on Tuesday
Bravo à l'équipe de Rouen
Je suis en réunion jusqu'à 16h si tu veux m'appeler
On se retrouve à la gare mardi
J'arrive à Rouen par le train de 9h12
Je t'apporte les croissants demain
Embrasse Solène de ma part
Ma fille passe le bac cette semaine
Le chat a dormi sur mon clavier
Je t'écris du train
Excuse le retard, j'étais au ski
Désolée de répondre si tard
Pardon de ne pas avoir répondu plus vite
Je rentre de vacances, quelle pile de mails !
La Cité de Lille fait vraiment du bon travail
Quel bel article
C'est vivant, on s'y croirait
Ça donne envie d'y aller
Les élèves vont être ravis
J'ai souri en le lisant
Nadia écrit toujours aussi bien
Très belle plume, cette Nadia
Nos lecteurs vont adorer
Tu remercieras Nadia
Remercie bien Nadia pour moi
Mille mercis à Paul pour son travail
Vivement le printemps
Il neige à Grenoble
Ici il pleut depuis trois jours
Bon courage pour la suite
Courage pour le bouclage !
Tu fais un travail formidable
Beau boulot
Du bon boulot
Rien à dire, c'est du Nadia
Que c'est bien écrit
Bien vu pour le titre
Joli titre
Superbe photo
La photo est superbe
J'adore la photo
Le texte est clair
Texte clair et bien écrit
On déjeune ensemble jeudi
Je te rappelle ce soir pour le train
Mon téléphone est en panne, écris-moi
Je serai à Bruxelles la semaine prochaine
Je suis en congé à partir de vendredi
Mon bureau a déménagé au troisième étage
Merci pour ton message d'hier
Merci de ta patience
Merci pour la relance
J'ai bien aimé la fin
Vive la mer !
Allez Rouen !
Joyeux anniversaire à Marco
Félicitations à Solène pour le bébé
Les enfants vont bien
À jeudi pour le comité
On se voit au comité de jeudi
Le café est à volonté chez nous
Bises à toute la famille
Give my love to Marie
Say hello to Marie from me
It's raining in Leith again
I'm on the train
I'm in meetings until four
My phone is off, e-mail is best
Sorry for the late reply
Sorry, I was away last week
I've been ill, hence the delay
Back from holiday with a mountain of mail
What a lovely piece
A joy to read
This made my day
Our readers will love it
Nadia writes so well
Please thank Nadia for me
Great photo
Love the photo
Nice headline
Good work, everyone
Well done to the Rouen team
You are doing a great job
Keep up the good work
Good luck with the deadline
Hope the move went well
Hope your cold is better
Enjoy the weekend
Have fun in Lisbon
Lunch on Thursday would be nice
I'll bring the coffee
My train gets in at nine
My daughter sits her exams this week
The cat says hello
Ich bin nächste Woche in Kiel
Liebe Grüße an Marie
Schönes Wochenende
Tolles Foto
Viel Erfolg noch
Saluti da Milano
Un abbraccio a tutti
Bellissima foto
Buon lavoro
Un abrazo a todos
Qué buen texto
Saludos desde Sevilla
Um abraço a todos
Belo texto
Bom fim de semana
Je file, mon train part dans dix minutes
Transmets mes amitiés à Nadia
La petite a fait ses nuits, je revis
Quel soleil sur le port ce matin !
Je t'appelle jeudi pour le dîner
Le printemps est enfin là
J'ai adoré le passage sur les marins
Chapeau à Nadia
Voilà une belle histoire
C'est un très beau portrait
C'est toujours un plaisir de vous lire
Ça me rappelle mes débuts
Quelle aventure pour ces lycéens
Mes félicitations à toute l'équipe
Merci de faire vivre cette lettre
Je reviens de Lisbonne, la tête pleine d'idées
On boit un verre jeudi
Désolé, j'ai mis du temps à répondre
Mon fils a la varicelle
Je suis au bureau demain toute la journée
Vous êtes formidables
Tu as bonne mine sur la photo du comité
Bien reçu ta carte postale, merci
Je serai des vôtres le 12
Au plaisir de vous retrouver à Rouen
Nous pensons bien à vous
Ici tout va bien
Il fait beau à Nice
Et bonne année !
I'm off to Porto tomorrow
The sun is out at last
My son has chickenpox
Regards to your mother
You are all wonderful
That made me laugh
It brought back memories
This is a beautiful portrait
Always a pleasure
I was on a plane all day
Back at my desk on Monday
Dinner on Thursday?
What a story
Hats off to Nadia
Sorry it took me so long
Thinking of you all
Happy new year!
Thanks for chasing me
I really liked the part about the sailors
Grüße aus Kiel
Schöner Text
Tanti auguri
Che bel testo
Feliz año
Un saludo desde Madrid
Feliz ano novo
Je t'embrasse
Ta lettre m'a fait plaisir
J'ai pensé à toi hier
Je suis clouée au lit avec la grippe
Mon vélo est réparé !
La neige a tout recouvert ici
Il fait doux, les mimosas sont en fleur
Notre équipe s'agrandit, je t'en parlerai de vive voix
Un texte sensible
Un modèle du genre
J'en ai eu les larmes aux yeux
Lu d'une traite
Du grand Nadia
Ma préférée du mois
Les photos sont splendides
Le titre est excellent
Félicite Nadia de ma part
Je serai en déplacement toute la semaine
Je pars demain pour Lisbonne
Je prends le train de 18h
Mes amitiés à Marco
Et merci pour les chocolats !
Tout le monde te salue ici
Pardon, je n'avais pas vu ton message
Je découvre ton mail à l'instant
Je sors d'une semaine de folie
À la semaine prochaine
Repose-toi bien
Soigne-toi bien
Profite bien du soleil
Bon vent à Marco
Hâte d'y être
Quelle énergie
Much love from Leith
My bike is fixed!
I'm in bed with the flu
I only just saw your mail
Just saw your message, sorry
A model of its kind
It moved me to tears
The photos are splendid
The title is excellent
I read it in one go and loved it
Everyone here sends their best
I'm travelling all week
I leave for Lisbon tomorrow
Looking forward to Rouen
Rest well
Thanks for the chocolates
Say hi to Marco
Crazy week here
Such energy
Can't wait for the party
Liebe Grüße aus dem verregneten Kiel
Gute Besserung
Ein schöner Text
Un testo commovente
Baci da Torino
Besos a todos
Un texto precioso
Beijinhos de Lisboa
Um texto comovente
Nadia a un vrai talent
Quelle chance pour Rouen
Tu me raconteras Lisbonne
J'ai couru toute la journée
Je suis trempée, il pleut des cordes
Je cours chercher les enfants
Mon ordinateur rame aujourd'hui
Je vous lis depuis la plage
Un grand bravo à tous
Ce texte est un bonheur
L'article est remarquable
Merci à Marco pour la traduction
On se retrouve au colloque
J'ai retrouvé mes lunettes
Bonne rentrée à tous
Belle fin d'été
Prenez soin de vous
Je te souhaite un bon rétablissement
Vous me manquez
Nadia has a real talent
Lucky Rouen
Tell me about Lisbon some day
I've been running all day
It's pouring here
I have to fetch the children
My computer is slow today
I'm reading this on the beach
The article is remarkable
Thanks to Marco for the translation
See you at the conference
I found my glasses
I miss you all
Get well soon
Have a safe trip
Merry Christmas
Schöne Grüße
Buona serata
Buen viaje
Boa viagem
Ton mail m'a fait rire
On pense à vous depuis Rouen
Je t'ai envoyé une carte postale
Les lycéens ont dû se régaler
C'est une belle initiative
Ça fait plaisir à lire
Un article passionnant
Merci de porter tout cela
Tu es une perle
J'ai appris plein de choses
Je te dois un café
Nous avons fêté Noël à la montagne
Je reprends le travail lundi
Mon train a deux heures de retard
Transmets mes félicitations
Salutations à toute l'équipe
Il y a du soleil à Lyon
Je dors debout
Ouf, enfin le week-end
Bonnes vacances
Your mail made me laugh
Thinking of you from Rouen
I sent you a postcard
What a great initiative
A pleasure to read
I learned so much
I owe you a coffee
Back at work on Monday
My train is two hours late
Pass on my congratulations
Greetings to the whole team
Sunny here in Leith
Happy holidays
Danke für alles
Grazie di tutto
Gracias por todo
Obrigada por tudo`

func TestReadReply_RetractionNeverApproves(t *testing.T) {
	t.Parallel()
	for words := range strings.SplitSeq(takenBackBelow, "\n") {
		for _, before := range []string{"OUI\n\n", "Yes. ", "Bon à tirer\n"} {
			if r := read(before + words); r.Verb != None {
				t.Errorf("%q: %s", before+words, r.Verb)
			}
		}
	}
	for words := range strings.SplitSeq(takenBackBeside, "\n") {
		if r := read(words); r.Verb == Approve || r.Verb == Sign {
			t.Errorf("%q: %s", words, r.Verb)
		}
	}
}

func TestReadReply_SmallTalkRetractsNothing(t *testing.T) {
	t.Parallel()
	for words := range strings.SplitSeq(smallTalk, "\n") {
		if r := read("OUI\n\n" + words); r.Verb != Approve {
			t.Errorf("%q: %s (%s)", words, r.Verb, r.Why)
		}
	}
}

func TestReadReply_ReasonsAndThanksOnTheLine(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]Verb{
		"Oui, merci Nadia !": Approve, "OK merci Marco": Approve, "Yes, thanks Graham": Approve, "Oui merci Lundi": None, "Oui, merci Nadia ?": None,
		"Non, c'est une publicité.": Reject, "No, it's an advert.": Reject, "Non, déjà paru en mai": Reject, "Non, il s'agit d'un doublon": Reject,
		"Non, c'est bon": None, "Non, c'est une bonne idée": None, "Non, c'est parfait": None, "Non, c'est une publicité ?": None, "Non, merci": None, "No, it's fine": None,
		"Annuler\n\nDésolée, j'ai cliqué trop vite.": Undo, "Annuler\n\nFinalement non.": None,
		"Traduction : anglais\n\nThe sea is hiring in Rouen.": Translate, "Traduction : urgente\n\nThe sea is hiring in Rouen.": None,
	} {
		if r := read(words); r.Verb != want {
			t.Errorf("%q: %s (%s), want %s", words, r.Verb, r.Why, want)
		}
	}
}
