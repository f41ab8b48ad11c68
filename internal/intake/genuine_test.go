package intake_test

import (
	"fmt"
	"strings"
	"testing"
)

// signedBy is how an editor's provider signs: the fields that it covers, "" for a provider
// that does not sign.
var signedBy = map[string]string{
	"Gmail":         "to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:date:message-id:reply-to",
	"Microsoft 365": "From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck",
	"Fastmail":      "cc:content-transfer-encoding:content-type:date:from:in-reply-to:message-id:mime-version:references:reply-to:subject:to",
	"OVH":           "From:To:Subject:Date:Message-ID",
	"Orange":        "",
}

// arrivals are what a mailbox's provider writes above a genuine mail, by authserv_id.
var arrivals = []mode{
	{name: "Google", authservID: "google", challenge: true, keys: true, arrives: func(dkim, _ string) string {
		return "Delivered-To: info@cites.example\r\nReceived: by 2002:a05:7000:9b0:b0:5f0:b2c4:11aa with SMTP id b48csp1000;\r\n        Thu, 25 Jan 2018 01:00:00 -0800 (PST)\r\n" +
			"X-Received: by 2002:a5d:6d0a:0:b0:33b:1a2b with SMTP id e10-20020a5d;\r\n        Thu, 25 Jan 2018 01:00:00 -0800 (PST)\r\nReturn-Path: <elise@reseau.example>\r\n" +
			"Received: from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])\r\n        by mx.google.com with SMTPS id f11-20020a5d;\r\n        Thu, 25 Jan 2018 01:00:00 -0800 (PST)\r\n" +
			"Received-SPF: pass (google.com: domain of elise@reseau.example designates 209.85.220.41 as permitted sender) client-ip=209.85.220.41;\r\n" +
			"Authentication-Results: mx.google.com;\r\n       dkim=" + dkim + " header.i=@reseau.example header.s=s1 header.b=\"jF/2a+9x\";\r\n       spf=pass (google.com: domain of elise@reseau.example designates 209.85.220.41 as permitted sender) smtp.mailfrom=elise@reseau.example;\r\n       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=reseau.example;\r\n       dara=pass header.i=@cites.example\r\n"
	}},
	{name: "Microsoft 365", authservID: "microsoft", challenge: true, keys: true, arrives: func(dkim, _ string) string {
		return "Received: from AS8PR04MB1001.eurprd04.prod.outlook.com (2603:10a6:20b:3b0::10) by\r\n VI1PR04MB2002.eurprd04.prod.outlook.com with HTTPS; Thu, 25 Jan 2018 09:00:04 +0000\r\n" +
			"Received: from DB3EUR04FT010.eop-eur04.prod.protection.outlook.com\r\n (2603:10a6:10:3b3:cafe::5c) by DUZPR01CA0100.outlook.office365.com\r\n (2603:10a6:10:3b3::15) with Microsoft SMTP Server (version=TLS1_2,\r\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7228.23 via Frontend\r\n Transport; Thu, 25 Jan 2018 09:00:03 +0000\r\n" +
			"Authentication-Results: spf=pass (sender IP is 209.85.128.54)\r\n smtp.mailfrom=reseau.example; dkim=" + dkim + " (signature was verified)\r\n header.d=reseau.example;dmarc=bestguesspass action=none\r\n header.from=reseau.example;compauth=pass reason=109\r\n" +
			"Received-SPF: Pass (protection.outlook.com: domain of reseau.example designates\r\n 209.85.128.54 as permitted sender) receiver=protection.outlook.com;\r\n client-ip=209.85.128.54; helo=mail-wm1-f54.google.com; pr=C\r\n" +
			"Received: from mail-wm1-f54.google.com (209.85.128.54) by\r\n DB3EUR04FT010.mail.protection.outlook.com (100.127.142.85) with Microsoft SMTP\r\n Server id 15.20.7249.19 via Frontend Transport; Thu, 25 Jan 2018 09:00:03 +0000\r\n"
	}},
	{name: "Fastmail", authservID: "fastmail", challenge: true, keys: true, arrives: func(dkim, _ string) string {
		return "Received: from phl-compute-02.internal (phl-compute-02.phl.internal [10.202.2.42])\r\n\t by sloti10d1t06 (Cyrus 3.9.0) with LMTPA;\r\n\t Thu, 25 Jan 2018 04:00:03 -0500\r\nX-Delivered-to: info@cites.example\r\n" +
			"Received: from phl-mx-05 ([10.202.2.204])\r\n  by phl-compute-02.internal (LMTPProxy); Thu, 25 Jan 2018 04:00:03 -0500\r\n" +
			"Received: from phl-mx-05.messagingengine.com (localhost [127.0.0.1])\r\n\tby mailmx.phl.internal (Postfix) with ESMTP id A1\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 04:00:02 -0500 (EST)\r\n" +
			"Authentication-Results: phl-mx-05.messagingengine.com;\r\n    dkim=" + dkim + " (2048-bit rsa key sha256) header.d=reseau.example\r\n    header.i=@reseau.example header.b=ab header.a=rsa-sha256 header.s=s1 x-bits=2048;\r\n    dmarc=none policy.published-domain-policy=none\r\n    policy.applied-disposition=none header.from=reseau.example;\r\n    spf=pass smtp.mailfrom=elise@reseau.example\r\n    smtp.helo=out.reseau.example\r\n" +
			"Received: from out.reseau.example (out.reseau.example [192.0.2.7])\r\n\tby phl-mx-05.messagingengine.com (Postfix) with ESMTPS id 1\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 04:00:02 -0500 (EST)\r\n"
	}},
	{name: "OVH", authservID: "ovh", challenge: true, keys: true, arrives: func(dkim, _ string) string {
		return "Received: from localhost (HELO queue) (127.0.0.1)\r\n\tby localhost with SMTP; 25 Jan 2018 10:00:03 +0200\r\nReceived: from unknown (HELO output49.mail.ovh.net) (10.108.117.188)\r\n  by mail709.ha.ovh.net with AES256-GCM-SHA384 encrypted SMTP; 25 Jan 2018 10:00:03 +0200\r\n" +
			"Received: from vr46.mail.ovh.net (unknown [10.101.8.46])\r\n\tby out49.mail.ovh.net (Postfix) with ESMTP id 4\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 08:00:03 +0000 (UTC)\r\nReceived: from in49.mail.ovh.net (unknown [10.101.4.49])\r\n\tby vr46.mail.ovh.net (Postfix) with ESMTP id 3\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 08:00:02 +0000 (UTC)\r\n" +
			"Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.7; helo=out.reseau.example; envelope-from=elise@reseau.example; receiver=info@cites.example \r\n" +
			"Authentication-Results: in49.mail.ovh.net;\r\n\tdkim=" + dkim + " (2048-bit key; unprotected) header.d=reseau.example header.i=@reseau.example header.b=\"abcd\";\r\n\tdkim-atps=neutral\r\n" +
			"Received: from out.reseau.example (out.reseau.example [192.0.2.7])\r\n\tby in49.mail.ovh.net (Postfix) with ESMTPS id 2\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 08:00:02 +0000 (UTC)\r\n"
	}},
	{name: "Postfix with OpenDKIM and OpenDMARC", authservID: "mail.poste.example", challenge: true, keys: true, arrives: func(dkim, _ string) string {
		return "Return-Path: <elise@reseau.example>\r\nDelivered-To: info@cites.example\r\nReceived: from mail.poste.example\r\n\tby mail.poste.example with LMTP\r\n\tid aaa\r\n\t(envelope-from <elise@reseau.example>)\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 10:00:00 +0100\r\n" +
			"Authentication-Results: mail.poste.example; dmarc=" + map[bool]string{true: "pass (p=none dis=none)", false: "none"}[dkim == "pass"] + " header.from=reseau.example\r\n" +
			"Authentication-Results: mail.poste.example;\r\n\tdkim=" + dkim + " (2048-bit key; unprotected) header.d=reseau.example header.i=@reseau.example header.a=rsa-sha256 header.s=s1 header.b=abcd;\r\n\tdkim-atps=neutral\r\n" +
			"Received: from out.reseau.example (out.reseau.example [192.0.2.7])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n\t(No client certificate requested)\r\n\tby mail.poste.example (Postfix) with ESMTPS id 1\r\n\tfor <info@cites.example>; Thu, 25 Jan 2018 10:00:00 +0100 (CET)\r\n"
	}},
	{name: "a server that says nothing", challenge: true, keys: true, arrives: func(string, string) string { return unsaid.arrives("reseau.example", "") }},
}

// A genuine editor's OUI decides at once, whatever provider the newsletter's mailbox and
// the editor have, wherever that provider vouches for more than that the editor once signed
// something; else one more reply is asked for, and never nothing.
func TestGenuine_ApprovalOfEachProviderDecides(t *testing.T) {
	if testing.Short() {
		t.Skip("not under -short")
	}
	confirmed := map[string]bool{ // the pairs of which one more reply is asked for
		"OVH, from Microsoft 365": true, "OVH, from Orange": true,
		"Postfix with OpenDKIM and OpenDMARC, from Microsoft 365": true, "Postfix with OpenDKIM and OpenDMARC, from Orange": true,
		"a server that says nothing, from Microsoft 365": true, "a server that says nothing, from Orange": true,
	}
	for _, m := range arrivals {
		for from, covers := range signedBy {
			name := fmt.Sprintf("%s, from %s", m.name, from)
			t.Run(name, func(t *testing.T) {
				b := m.bench(t, newZone())
				id := b.news(1)
				q := b.about(id, elise)
				raw := b.draft(b.addressOf(q), "In-Reply-To: <"+q.Handle(b.service.Secret).String()+"@cites.example>\r\nSubject: Re: Un atelier\r\n", "OUI")
				verdict := "none"
				if covers != "" {
					raw, verdict = sign(raw, signature{covers: covers}), "pass"
				}
				raw = m.arrives(verdict, "") + raw
				b.bring(raw)
				decided, asked := b.decisions(id), b.confirmations()
				if confirmed[name] != (len(decided) == 0) || len(decided)+asked != 1 {
					t.Errorf("%d decisions, %d confirmations asked for", len(decided), asked)
				}
				if len(decided) == 1 && !strings.Contains(decided[0].How, "reseau.example") {
					t.Errorf("decided by %q", decided[0].How)
				}
			})
		}
	}
}
