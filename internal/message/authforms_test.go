package message

import (
	"slices"
	"strings"
	"testing"
)

// The fields of each provider, as its mailboxes show them, with invented people. Those of
// Gandi, Infomaniak and Orange are built from the names of their hosts and from the output
// of the programs that they run.
var providerMails = []struct {
	name, id string
	// The provider's fields above a mail from cidade.example, and above one that claims
	// to be and comes from mal.example.
	genuine, forged string
	imitated        string // a field as the provider writes it, by a sender
}{
	{
		name: "Google", id: "google",
		genuine: `Delivered-To: lettre@poste.example
Received: by 2002:a05:6214:586:b0:6b5:2f57:1a63 with SMTP id f25csp1308300ejq;
        Thu, 25 Jan 2018 01:00:02 -0800 (PST)
X-Received: by 2002:a7b:c402:: with SMTP id aaa.21.1516870802;
        Thu, 25 Jan 2018 01:00:02 -0800 (PST)
ARC-Seal: i=1; a=rsa-sha256; t=1516870802; cv=none; d=google.com; s=arc-20160816; b=AAAA
ARC-Authentication-Results: i=1; mx.google.com;
       dkim=pass header.i=@cidade.example header.s=s1 header.b=KUdGjiMs;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=cidade.example
Return-Path: <ana@cidade.example>
Received: from out.cidade.example (out.cidade.example. [192.0.2.7])
        by mx.google.com with ESMTPS id up6si7122038wjc.275.2018.01.25.01.00.02
        for <lettre@poste.example>
        (version=TLS1_2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128/128);
        Thu, 25 Jan 2018 01:00:02 -0800 (PST)
Received-SPF: pass (google.com: domain of ana@cidade.example designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7;
Authentication-Results: mx.google.com;
       dkim=pass header.i=@cidade.example header.s=s1 header.b=KUdGjiMs;
       spf=pass (google.com: domain of ana@cidade.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=ana@cidade.example;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=cidade.example
`,
		forged: `Delivered-To: lettre@poste.example
Received: by 2002:a05:6214:586:b0:6b5:2f57:1a63 with SMTP id f25csp1308301ejq;
        Thu, 25 Jan 2018 01:00:02 -0800 (PST)
X-Received: by 2002:a7b:c402:: with SMTP id aaa.21.1516870802;
        Thu, 25 Jan 2018 01:00:02 -0800 (PST)
ARC-Authentication-Results: i=1; mx.google.com;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=cidade.example
Return-Path: <x@mal.example>
Received: from out.mal.example (out.mal.example. [198.51.100.9])
        by mx.google.com with ESMTPS id g27si34307164pfa.159.2018.01.25.01.00.02;
        Thu, 25 Jan 2018 01:00:02 -0800 (PST)
Authentication-Results: mx.google.com;
       spf=pass (google.com: domain of x@mal.example designates 198.51.100.9 as permitted sender) smtp.mailfrom=x@mal.example;
       dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=cidade.example
`,
		imitated: "Authentication-Results: mx.google.com; dkim=pass header.i=@cidade.example; dmarc=pass (p=NONE dis=NONE) header.from=cidade.example\n",
	},
	{
		name: "Microsoft 365", id: "microsoft",
		genuine: `Received: from VI1PR04MB1001.eurprd04.prod.outlook.com (2603:10a6:800:10::15) by
 AM0PR04MB2002.eurprd04.prod.outlook.com with HTTPS; Thu, 25 Jan 2018 09:00:04 +0000
Received: from DB8PR04CA0012.eurprd04.prod.outlook.com (2603:10a6:10:110::22) by
 VI1PR04MB1001.eurprd04.prod.outlook.com (2603:10a6:800:10::15) with Microsoft SMTP
 Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1; Thu, 25 Jan 2018 09:00:03 +0000
Received: from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com
 (2603:10a6:10:110:cafe::8) by DB8PR04CA0012.outlook.office365.com
 (2603:10a6:10:110::22) with Microsoft SMTP Server id 15.20.1 via Frontend Transport; Thu, 25 Jan 2018 09:00:03 +0000
Authentication-Results: spf=pass (sender IP is 192.0.2.7)
 smtp.mailfrom=cidade.example; dkim=pass (signature was verified)
 header.d=cidade.example;dmarc=pass action=none
 header.from=cidade.example;compauth=pass reason=100
Received-SPF: Pass (protection.outlook.com: domain of cidade.example designates
 192.0.2.7 as permitted sender) receiver=protection.outlook.com; client-ip=192.0.2.7; helo=out.cidade.example;
Received: from out.cidade.example (192.0.2.7) by
 DB5EUR03FT042.mail.protection.outlook.com (10.152.20.126) with Microsoft SMTP
 Server id 15.20.1 via Frontend Transport; Thu, 25 Jan 2018 09:00:02 +0000
`,
		forged: `Received: from VI1PR04MB1001.eurprd04.prod.outlook.com (2603:10a6:800:10::15) by
 AM0PR04MB2002.eurprd04.prod.outlook.com with HTTPS; Thu, 25 Jan 2018 09:00:04 +0000
Received: from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com
 (2603:10a6:10:110:cafe::8) by DB8PR04CA0012.outlook.office365.com
 (2603:10a6:10:110::22) with Microsoft SMTP Server id 15.20.1 via Frontend Transport; Thu, 25 Jan 2018 09:00:03 +0000
Authentication-Results: spf=pass (sender IP is 198.51.100.9)
 smtp.mailfrom=mal.example; dkim=none (message not signed)
 header.d=none;dmarc=fail action=none
 header.from=cidade.example;compauth=fail reason=001
Received: from mail-db5eur03on2049.outbound.protection.outlook.com (198.51.100.9) by
 DB5EUR03FT042.mail.protection.outlook.com (10.152.20.126) with Microsoft SMTP
 Server id 15.20.1 via Frontend Transport; Thu, 25 Jan 2018 09:00:02 +0000
`,
		imitated: `Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=cidade.example; dkim=pass
 (signature was verified) header.d=cidade.example;dmarc=pass action=none header.from=cidade.example;compauth=pass reason=100
`,
	},
	{
		name: "Fastmail", id: "mx1.messagingengine.com",
		genuine: `Return-Path: <ana@cidade.example>
Received: from compute5.internal (compute5.nyi.internal [10.202.2.45])
	 by sloti22d1t06 (Cyrus 3.1.7-802) with LMTPA; Thu, 25 Jan 2018 04:00:03 -0500
X-Delivered-to: lettre@poste.example
Received: from mx6 ([10.202.2.205])
  by compute5.internal (LMTPProxy); Thu, 25 Jan 2018 04:00:03 -0500
Received: from mx6.messagingengine.com (localhost [127.0.0.1])
	by mailmx.nyi.internal (Postfix) with ESMTP id 1A2B3C; Thu, 25 Jan 2018 04:00:02 -0500 (EST)
Authentication-Results: mx6.messagingengine.com;
    x-csa=none; x-me-sender=none; x-ptr=pass smtp.helo=out.cidade.example policy.ptr=out.cidade.example
Authentication-Results: mx6.messagingengine.com;
    arc=none (no signatures found)
Authentication-Results: mx6.messagingengine.com;
    dkim=pass (2048-bit rsa key sha256) header.d=cidade.example header.i=@cidade.example header.b=hr44hXYS header.s=s1 x-bits=2048;
    dmarc=pass policy.published-domain-policy=none (p=none,d=none) policy.policy-from=p header.from=cidade.example;
    iprev=pass smtp.remote-ip=192.0.2.7 (out.cidade.example);
    spf=pass smtp.mailfrom=ana@cidade.example smtp.helo=out.cidade.example
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
	(using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits))
	(No client certificate requested)
	by mx6.messagingengine.com (Postfix) with ESMTPS; Thu, 25 Jan 2018 04:00:02 -0500 (EST)
`,
		forged: `Received: from compute5.internal (compute5.nyi.internal [10.202.2.45])
	 by sloti22d1t06 (Cyrus 3.1.7-802) with LMTPA; Thu, 25 Jan 2018 04:00:03 -0500
Received: from mx6 ([10.202.2.205])
  by compute5.internal (LMTPProxy); Thu, 25 Jan 2018 04:00:03 -0500
Authentication-Results: mx6.messagingengine.com;
    arc=none (no signatures found)
Authentication-Results: mx6.messagingengine.com;
    dkim=none (no signatures found);
    spf=pass smtp.mailfrom=x@mal.example smtp.helo=mx6.messagingengine.com
Received: from mx6.messagingengine.com (unknown [198.51.100.9])
	by mx6.messagingengine.com (Postfix) with ESMTPS; Thu, 25 Jan 2018 04:00:02 -0500 (EST)
`,
		imitated: "Authentication-Results: mx6.messagingengine.com; dkim=pass header.d=cidade.example; dmarc=pass header.from=cidade.example\n",
	},
	{
		name: "Proton", id: "mail.protonmail.ch",
		genuine: `Return-Path: <ana@cidade.example>
X-Original-To: lettre@poste.example
Delivered-To: lettre@poste.example
Authentication-Results: mail.protonmail.ch; dkim=pass (Good 2048 bit rsa-sha256 signature) header.d=cidade.example header.a=rsa-sha256
Authentication-Results: mail.protonmail.ch; dmarc=pass (p=quarantine dis=none) header.from=cidade.example
Authentication-Results: mail.protonmail.ch; spf=pass smtp.mailfrom=cidade.example
Authentication-Results: mail.protonmail.ch; arc=none smtp.remote-ip=192.0.2.7
Authentication-Results: mailin047.protonmail.ch; dkim=pass (2048-bit key) header.d=cidade.example header.i=@cidade.example header.b="Hsm0kOxe"
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
 (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate
 requested) by mailin047.protonmail.ch (Postfix) with ESMTPS id 4XC0Dy1xs6z3Z; Thu, 25 Jan 2018 09:00:02 +0000 (UTC)
`,
		forged: `Return-Path: <x@mal.example>
Authentication-Results: mail.protonmail.ch; dmarc=fail (p=none dis=none) header.from=cidade.example
Authentication-Results: mail.protonmail.ch; spf=pass smtp.mailfrom=mal.example
Received: from out.mal.example (out.mal.example [198.51.100.9]) by mailin047.protonmail.ch (Postfix)
 with ESMTPS id 4XC0Dy1xs6z3Y; Thu, 25 Jan 2018 09:00:02 +0000 (UTC)
`,
		imitated: "Authentication-Results: mail.protonmail.ch; dmarc=pass (p=quarantine dis=none) header.from=cidade.example\n",
	},
	{
		name: "OVHcloud", id: "in32.mail.ovh.net",
		genuine: `Delivered-To: lettre@poste.example
Received: from localhost (HELO queue) (127.0.0.1)
	by localhost with SMTP; 25 Jan 2018 10:00:04 +0100
Received: from unknown (HELO output48.mail.ovh.net) (192.168.13.27)
  by 192.168.9.10 with AES256-GCM-SHA384 encrypted SMTP; 25 Jan 2018 10:00:04 +0100
Received: from vr44.mail.ovh.net (unknown [10.101.8.44])
	by out48.mail.ovh.net (Postfix) with ESMTP id 4QZbyf2gLz; Thu, 25 Jan 2018 09:00:03 +0000 (UTC)
Received: from in68.mail.ovh.net (unknown [10.101.4.68])
	by vr44.mail.ovh.net (Postfix) with ESMTP id 4QZbyf0BCS; Thu, 25 Jan 2018 09:00:03 +0000 (UTC)
Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.7; helo=out.cidade.example; envelope-from=ana@cidade.example
Authentication-Results: in68.mail.ovh.net; dkim=pass (2048-bit key; unprotected) header.d=cidade.example header.i=@cidade.example header.b="GMG2ucPx"; dkim-atps=neutral
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
	by in68.mail.ovh.net (Postfix) with ESMTPS id 4QZbyd3YSR; Thu, 25 Jan 2018 09:00:02 +0000 (UTC)
`,
		forged: `Received: from vr44.mail.ovh.net (unknown [10.101.8.44])
	by out48.mail.ovh.net (Postfix) with ESMTP id 4QZbyf2gLz; Thu, 25 Jan 2018 09:00:03 +0000 (UTC)
Authentication-Results: in68.mail.ovh.net; dkim=none; dkim-atps=neutral
Received: from out.mal.example (out.mal.example [198.51.100.9])
	by in68.mail.ovh.net (Postfix) with ESMTPS id 4QZbyd3YSR; Thu, 25 Jan 2018 09:00:02 +0000 (UTC)
`,
		imitated: "Authentication-Results: in68.mail.ovh.net; dkim=pass (2048-bit key; unprotected) header.d=cidade.example header.i=@cidade.example\n",
	},
	{
		name: "Gandi", id: "spool.mail.gandi.net",
		genuine: `Received: from spool.mail.gandi.net (mspool3-d.mgt.gandi.net [10.0.21.134])
 by nmboxes77-d.mgt.gandi.net (Postfix) with ESMTP id 9CFC540F38; Thu, 25 Jan 2018 10:00:04 +0100 (CET)
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
 by spool.mail.gandi.net (Postfix) with ESMTPS id 98A6511646; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
Authentication-Results: spool.mail.gandi.net;
	dkim=pass header.d=cidade.example header.s=s1 header.b=MbDqdvdh;
	dmarc=pass (policy=none) header.from=cidade.example;
	spf=pass (spool.mail.gandi.net: domain of ana@cidade.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=ana@cidade.example
`,
		forged: `Received: from spool.mail.gandi.net (mspool3-d.mgt.gandi.net [10.0.21.134])
 by nmboxes77-d.mgt.gandi.net (Postfix) with ESMTP id 9CFC540F38; Thu, 25 Jan 2018 10:00:04 +0100 (CET)
Received: from out.mal.example (out.mal.example [198.51.100.9])
 by spool.mail.gandi.net (Postfix) with ESMTPS id 98A6511646; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
Authentication-Results: spool.mail.gandi.net; dkim=none;
	dmarc=fail reason="No valid SPF, No valid DKIM" header.from=cidade.example (policy=none);
	spf=pass smtp.mailfrom=x@mal.example
`,
		imitated: "Authentication-Results: spool.mail.gandi.net; dkim=pass header.d=cidade.example; dmarc=pass header.from=cidade.example\n",
	},
	{
		name: "Infomaniak", id: "mx.infomaniak.ch",
		genuine: `Received: from mta-1.infomaniak.ch (mta-1.infomaniak.ch [10.4.37.2]) by lmtp-2.infomaniak.ch with LMTP; Thu, 25 Jan 2018 10:00:04 +0100
Authentication-Results: mx.infomaniak.ch;
	dkim=pass header.d=cidade.example header.s=s1 header.b=MbDqdvdh; arc=none (no signatures found);
	dmarc=pass (policy=quarantine) header.from=cidade.example;
	spf=pass (mx.infomaniak.ch: domain of ana@cidade.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=ana@cidade.example
Received: from out.cidade.example (out.cidade.example [192.0.2.7]) by mta-1.infomaniak.ch (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100
`,
		forged: `Authentication-Results: mx.infomaniak.ch;
	dkim=none; dmarc=none; spf=pass smtp.mailfrom="a\"; dkim=pass header.d=cidade.example; x=\"b"@mal.example
Received: from out.mal.example (out.mal.example [198.51.100.9]) by mta-1.infomaniak.ch (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100
`,
		imitated: "Authentication-Results: mx.infomaniak.ch; dkim=pass header.d=cidade.example; dmarc=pass header.from=cidade.example\n",
	},
	{
		name: "Orange", id: "orange",
		genuine: `Received: from opmta1mti01nd1.orange.fr ([10.98.2.3]) by opmbx02.orange.fr with LMTP; Thu, 25 Jan 2018 10:00:04 +0100
Authentication-Results: opmta1mti01nd1.orange.fr; spf=pass smtp.mailfrom=ana@cidade.example; dkim=pass header.d=cidade.example; dmarc=pass header.from=cidade.example
Received: from out.cidade.example ([192.0.2.7]) by opmta1mti01nd1.orange.fr with ESMTPS; Thu, 25 Jan 2018 10:00:03 +0100
`,
		forged: `Authentication-Results: opmta1mti01nd1.orange.fr; spf=pass smtp.mailfrom=x@mal.example; dkim=none; dmarc=none header.from=cidade.example
Received: from out.mal.example ([198.51.100.9]) by opmta1mti01nd1.orange.fr with ESMTPS; Thu, 25 Jan 2018 10:00:03 +0100
`,
		imitated: "Authentication-Results: opmta1mti01nd1.orange.fr; dmarc=pass header.from=cidade.example\n",
	},
	{
		name: "Postfix with OpenDKIM and OpenDMARC, below Received", id: "mx.poste.example",
		genuine: `Received: from out.cidade.example (out.cidade.example [192.0.2.7])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
Authentication-Results: mx.poste.example/4QZ; dmarc=pass (p=none dis=none) header.from=cidade.example
Authentication-Results: mx.poste.example/4QZ; spf=pass smtp.mailfrom=ana@cidade.example
Authentication-Results: mx.poste.example/4QZ;
	dkim=pass (2048-bit key; unprotected) header.d=cidade.example header.i=@cidade.example header.b="PQMM7upX";
	dkim-adsp=pass; dkim-atps=neutral
`,
		forged: `Received: from out.mal.example (out.mal.example [198.51.100.9])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
Authentication-Results: mx.poste.example; dmarc=fail (p=none dis=none) header.from=cidade.example
`,
		imitated: "Authentication-Results: mx.poste.example; dmarc=pass (p=none dis=none) header.from=cidade.example\n",
	},
	{
		name: "Postfix with OpenDKIM and OpenDMARC of 2026", id: "mx.poste.example",
		genuine: `Authentication-Results: mx.poste.example; dmarc=pass (p=none dis=none) header.from=cidade.example
Authentication-Results: mx.poste.example;
	dkim=pass (2048-bit key; unprotected) header.d=cidade.example header.i=@cidade.example header.b="PQMM7upX"
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
`,
		forged: `Authentication-Results: mx.poste.example; dkim=none
Received: from out.mal.example (out.mal.example [198.51.100.9])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
`,
		imitated: "Authentication-Results: mx.poste.example; dmarc=pass (p=none dis=none) header.from=cidade.example\n",
	},
	{
		name: "Postfix with amavis behind its milters", id: "mx.poste.example",
		genuine: `Received: from localhost (localhost [127.0.0.1])
	by mx.poste.example (Postfix) with ESMTP id 4QZ2; Thu, 25 Jan 2018 10:00:04 +0100 (CET)
X-Virus-Scanned: amavisd-new at poste.example
Received: from mx.poste.example ([127.0.0.1])
	by localhost (mx.poste.example [127.0.0.1]) (amavisd-new, port 10024)
	with ESMTP id D2s6fOqyGWus; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
Authentication-Results: mx.poste.example; dmarc=pass (p=none dis=none) header.from=cidade.example
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
`,
		forged: `Received: from localhost (localhost [127.0.0.1])
	by mx.poste.example (Postfix) with ESMTP id 4QZ2; Thu, 25 Jan 2018 10:00:04 +0100 (CET)
Received: from mx.poste.example ([127.0.0.1])
	by localhost (mx.poste.example [127.0.0.1]) (amavisd-new, port 10024)
	with ESMTP id D2s6fOqyGWus; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
Authentication-Results: mx.poste.example; dkim=none
Received: from localhost (unknown [198.51.100.9])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
`,
		imitated: "Authentication-Results: mx.poste.example; dmarc=pass (p=none dis=none) header.from=cidade.example\n",
	},
	{
		name: "rspamd", id: "mx.poste.example",
		genuine: `Return-Path: <ana@cidade.example>
Received: from mx.poste.example ([127.0.0.1])
	by mx.poste.example with LMTP
	id QMXJA; Thu, 25 Jan 2018 10:00:04 +0100
Authentication-Results: mx.poste.example;
	dkim=pass header.d=cidade.example header.s=s1 header.b=MbDqdvdh;
	dmarc=pass (policy=reject) header.from=cidade.example;
	spf=pass (mx.poste.example: domain of ana@cidade.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=ana@cidade.example
Received: from out.cidade.example (out.cidade.example [192.0.2.7])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
`,
		forged: `Received: from mx.poste.example ([127.0.0.1])
	by mx.poste.example with LMTP
	id QMXJA; Thu, 25 Jan 2018 10:00:04 +0100
Authentication-Results: mx.poste.example;
	dkim=none;
	dmarc=fail reason="No valid SPF, No valid DKIM" header.from=cidade.example (policy=reject);
	spf=pass smtp.mailfrom=x@mal.example
Received: from mx.poste.example (unknown [198.51.100.9])
	by mx.poste.example (Postfix) with ESMTPS id 4QZ; Thu, 25 Jan 2018 10:00:03 +0100 (CET)
`,
		imitated: "Authentication-Results: mx.poste.example; dkim=pass header.d=cidade.example; dmarc=pass (policy=reject) header.from=cidade.example\n",
	},
}

// The person's own mail passes. A forged one does not, whatever its sender wrote in the
// provider's name, and under any Received field of the provider.
func TestAuthenticationBy_ReadsEachProvider(t *testing.T) {
	t.Parallel()
	const rest = "From: Ana <ana@cidade.example>\n\nOUI"
	for _, p := range providerMails {
		t.Run(p.name, func(t *testing.T) {
			if got := read(t, p.genuine+rest).Authentication(p.id); got.Verdict != AuthPass {
				t.Errorf("genuine: %v (%s)", got.Verdict, got.Why)
			}
			ownHop := "Received: from mx.cidade.example (mx.cidade.example [192.0.2.7]) by " + hostOf(p.forged) + " with ESMTP; Thu, 25 Jan 2018 10:00:01 +0100\n"
			for name, below := range map[string]string{
				"as it comes":                       "",
				"a field of the sender's":           p.imitated,
				"under a hop of the sender's":       "Received: from pc by out.mal.example; Thu, 25 Jan 2018 09:59:00 +0100\n" + p.imitated,
				"above a made-up hop of ours":       p.imitated + ownHop,
				"under a made-up hop of ours":       ownHop + p.imitated,
				"the whole of a genuine mail's":     p.genuine,
				"genuine fields under a hop":        ownHop + p.genuine,
				"imitated in another case":          strings.ReplaceAll(p.imitated, "Authentication-Results", "AUTHENTICATION-RESULTS "),
				"twice, around a hop of the sender": p.imitated + "Received: from pc by out.mal.example; x\n" + p.imitated,
			} {
				for _, above := range []bool{false, true} {
					got := read(t, p.forged+below+rest).AuthenticationBy(Trust{ID: p.id, Above: above})
					if got.Verdict == AuthPass {
						t.Errorf("forged, %s: %s", name, got.Why)
					}
				}
			}
		})
	}
}

// The suggested name is one under which the provider's results are believed, and a
// sender's are not.
func TestServers_NamesWhoWroteResults(t *testing.T) {
	t.Parallel()
	const rest = "From: Ana <ana@cidade.example>\n\nx"
	for _, p := range providerMails {
		m := read(t, p.genuine+"Received: from pc by out.cidade.example; x\nAuthentication-Results: mx.mal.example; dmarc=pass\nAuthentication-Results: dkim=pass header.d=a\n"+rest)
		got := m.ResultServers()
		if len(got) != 1 || got[0] != ServerName(p.id) || m.Authentication(got[0]).Verdict != AuthPass {
			t.Errorf("%s: %q", p.name, got)
		}
	}
	if got := read(t, "Authentication-Results: ;\nAuthentication-Results:\nAuthentication-Results: (\n"+rest).ResultServers(); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
}

// hostOf returns the host that wrote the last Received field of a header.
func hostOf(header string) string {
	words := strings.Fields(header[strings.LastIndex(header, "Received: from"):])
	return strings.TrimRight(words[slices.Index(words, "by")+1], ";")
}

// If the provider wrote no field on a forged mail, a form that knows the position of the
// provider's own field still believes nobody else's.
func TestAuthenticationBy_IgnoresFieldsBelowTheBorder(t *testing.T) {
	t.Parallel()
	const rest = "From: Ana <ana@cidade.example>\n\nOUI"
	for _, p := range providerMails {
		if formOf(p.id).below { // Google writes on every mail; of others it must be known
			continue
		}
		var bare strings.Builder // the forged mail without the provider's fields
		for _, f := range read(t, p.forged+rest).Header {
			if f.Name == "Received" {
				bare.WriteString(f.Name + ": " + f.Value + "\n")
			}
		}
		got := read(t, bare.String()+p.imitated+rest).Authentication(p.id)
		if got.Verdict != AuthNone {
			t.Errorf("%s: %v (%s)", p.name, got.Verdict, got.Why)
		}
	}
}

// Microsoft's fields without an authserv-id, in every form that it has written.
func TestAuthenticationBy_ReadsMicrosoftsForms(t *testing.T) {
	t.Parallel()
	const (
		hop = "Received: from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com (10.152.20.60) by\n DB8PR04CA0012.outlook.office365.com (2603:10a6:10:110::22) with Microsoft SMTP Server; Thu, 25 Jan 2018 09:00:03 +0000\n"
		in  = "Received: from out.cidade.example (192.0.2.7) by DB5EUR03FT042.mail.protection.outlook.com (10.152.20.126) with Microsoft SMTP Server; Thu, 25 Jan 2018 09:00:02 +0000\n"
		end = "From: Ana <ana@cidade.example>\n\nOUI"
	)
	for _, c := range []struct {
		name, fields string
		want         Verdict
	}{
		{"today's", "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=cidade.example; dkim=pass (signature was verified) header.d=cidade.example;dmarc=pass action=none header.from=cidade.example;compauth=pass reason=100\n", AuthPass},
		{"the recipient's domain among the results", "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=cidade.example; poste.example; dkim=pass (signature was verified) header.d=cidade.example;poste.example; dmarc=pass action=none header.from=cidade.example;poste.example; dkim=pass (signature was verified) header.d=cidade.example;\n", AuthPass},
		{"no DMARC record", "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=cidade.example; poste.example; dkim=none (message not signed) header.d=none;poste.example; dmarc=bestguesspass action=none header.from=cidade.example;\n", AuthPass},
		{"semicolons before properties", "Authentication-Results: spf=pass (sender IP is 192.0.2.7); smtp.mailfrom=cidade.example; dkim=pass (signature was verified); header.d=cidade.example;dmarc=pass action=none; header.from=cidade.example;compauth=pass reason=100\n", AuthPass},
		{"DMARC of another domain", "Authentication-Results: dmarc=pass action=none; header.from=mal.example;compauth=pass reason=100\n", AuthFail},
		{"compauth alone", "Authentication-Results: spf=none (sender IP is 192.0.2.7) smtp.mailfrom=cidade.example; dkim=none header.d=none;dmarc=none action=none header.from=cidade.example;compauth=pass reason=130\n", AuthNone},
		{"within one tenant", "Authentication-Results: dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=cidade.example;\n", AuthNone},
		{"with an authserv-id, which is not its form", "Authentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\n", AuthNone},
		{"ARC alone", "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass smtp.mailfrom=cidade.example; dmarc=pass header.from=cidade.example\n", AuthNone},
		{"another tenant's below ours", "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=mal.example; dkim=none header.d=none;dmarc=none action=none header.from=cidade.example;\n" + hop +
			"Authentication-Results: dkim=pass header.d=cidade.example;dmarc=pass action=none header.from=cidade.example;\n", AuthNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := read(t, hop+c.fields+in+end).Authentication("microsoft")
			if got.Verdict != c.want {
				t.Errorf("%v (%s), want %v", got.Verdict, got.Why, c.want)
			}
		})
	}
	pass := "Authentication-Results: dkim=pass header.d=cidade.example;dmarc=pass action=none header.from=cidade.example;\n"
	for name, client := range map[string]string{
		"a tenant's program": "from [192.168.1.5] (203.0.113.9)",
		"a made-up name":     "from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com (203.0.113.9)",
		"no address":         "from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com",
	} {
		raw := hop + "Received: " + client + " by AM0PR04MB2002.eurprd04.prod.outlook.com (2603:10a6:10::1) with Microsoft SMTP Server; x\n" + pass + end
		if got := read(t, raw).Authentication("microsoft"); got.Verdict != AuthNone {
			t.Errorf("below %s: %v (%s)", name, got.Verdict, got.Why)
		}
	}
}

// A field of the server without a result that decides is still a boundary. So is its
// absence once the server is known to write one.
func TestAuthenticationBy_ServerWithoutResultsIsABoundary(t *testing.T) {
	t.Parallel()
	const (
		ours  = "Received: from out.mal.example (out.mal.example [198.51.100.9]) by mx1.poste.example with ESMTPS\n"
		store = "Received: from mx1.poste.example (mx1.poste.example [203.0.113.2]) by store.poste.example with LMTP\n"
		lan   = "Received: from pc.lan (pc.lan [192.168.1.5]) by mx1.poste.example with ESMTP\n"
		sent  = "Authentication-Results: mx.poste.example; dmarc=pass header.from=cidade.example\n"
		end   = "From: Ana <ana@cidade.example>\n\nOUI"
	)
	for _, field := range []string{
		"Authentication-Results: mx.poste.example; none\n", "Authentication-Results: mx.poste.example; arc=none\n",
		"Authentication-Results: mx.poste.example\n", "Authentication-Results: mx.poste.example;\n",
		"Authentication-Results: mx.poste.example 1; arc=pass smtp.remote-ip=198.51.100.9\n",
	} {
		for _, below := range []string{ours + sent, store + sent + ours, ours + sent + ours, store + ours + sent, ours + store + sent} {
			if got := read(t, field+below+end).Authentication("mx.poste.example"); got.Verdict != AuthNone {
				t.Errorf("%s%s: %v (%s)", field, below, got.Verdict, got.Why)
			}
		}
	}
	for _, below := range []string{ours + sent, lan + sent, store + ours + sent, ours + sent + ours, lan + "Received: by localhost\n" + sent} {
		if got := read(t, below+end).AuthenticationBy(Trust{ID: "mx.poste.example", Above: true}); got.Verdict != AuthNone {
			t.Errorf("%s: %v (%s)", below, got.Verdict, got.Why)
		}
	}
	// Fields of the server above its own Received field are believed, behind internal
	// hops too. So are the fields of a mail without any hop, which was put into the
	// mailbox.
	for _, genuine := range []string{sent + ours, store + sent + ours, sent + store + ours, sent} {
		if got := read(t, genuine+end).AuthenticationBy(Trust{ID: "mx.poste.example", Above: true}); got.Verdict != AuthPass {
			t.Errorf("%s: %v (%s)", genuine, got.Verdict, got.Why)
		}
	}
	long := "Authentication-Results: mx.poste.example; dkim=pass header.d=cidade.example; x=" + strings.Repeat("a", maxField) + "; dmarc=fail header.from=cidade.example\n"
	if got := read(t, long+ours+end).Authentication("mx.poste.example"); got.Verdict != AuthFail {
		t.Errorf("a field whose end is not read: %v (%s)", got.Verdict, got.Why)
	}
	fail := strings.Replace(sent, "pass", "fail", 1)
	if got := read(t, ours+fail+end).AuthenticationBy(Trust{ID: "mx.poste.example", Above: true}); got.Verdict != AuthFail {
		t.Errorf("what speaks against the sender: %v (%s)", got.Verdict, got.Why)
	}
}
