// Package page writes the common frame of the HTML pages that the servers
// show to people: the update graph of the graph server, the locks of the lock
// server.
//
// A page is one self-contained document: no script, no font, no image and no
// style sheet is fetched, so it works on a cut-off network and under a strict
// Content-Security-Policy. [Write] writes the document, [SetHeaders] sets the
// headers that belong to it:
//
//	page.SetHeaders(w.Header())
//	err := page.Write(w, &page.Page{
//		Title:   "Locks",
//		Heading: "Reboot locks",
//		Nav:     []page.Link{{Text: "Locks", Href: "./", Current: true}},
//		Refresh: 30 * time.Second,
//		Body:    body, // from html/template
//	})
//
// # Style
//
// The whole style sheet is a constant whose hash stands in
// [ContentSecurityPolicy]; pages bring no styles of their own (an attribute
// style="…" would be refused by the browser). Elements get their looks from
// these classes:
//
//	section.card             a framed part of the page, with an h2
//	div.scroll               around a wide table or picture: scrolls sideways; give it tabindex="0", role="region" and aria-label
//	table, caption, th, td   td.num right-aligned digits, td.mono and code for ids
//	table.stack              on a phone each row becomes a card; give each td a data-label
//	p.notice, p.notice.bad   a remark; something wrong (with role="status" or role="alert")
//	span.badge               a mark; .ok .warn .bad .info choose the colour (the text must say it, too)
//	form.choose              a row of labelled controls: <label>Text <select>…</select></label>
//	dl.facts                 short facts: <div><dt>…</dt><dd>…</dd></div>
//	progress                 bars: a bar's width cannot be a style attribute
//	.muted .visually-hidden  secondary text; text for screen readers only
//
// Both colour schemes of the browser (light and dark) are served; text has a
// contrast of at least 4.5:1 in both. The style sheet of drawings
// ([DrawingStyle]) is part of it and is what a stand-alone SVG file embeds.
//
// # Foreign text
//
// html/template escapes markup, but not what confuses a reader: [Visible]
// shows control characters and bidirectional overrides and shortens.
package page
