package page

import (
	_ "embed"
	"html/template"
	"io"
	"math"
	"net/http"
	"time"
)

// ContentSecurityPolicy is the header value for every page: no script, no
// frame, no request to anywhere, only the style sheet of this package, forms
// only back to the server itself.
const ContentSecurityPolicy = "default-src 'none'; style-src '" + styleHash + "'; img-src data:; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed style.css
var frameStyle string

// DrawingStyle is the style sheet of drawings (classes d-…), for embedding in
// a stand-alone SVG file; pages have it already.
//
//go:embed drawing.css
var DrawingStyle string

// Page is one document.
type Page struct {
	Title   string        // text of the window's title
	Heading string        // the one h1; empty: Title
	Lead    string        // a sentence below the heading, may be empty
	Nav     []Link        // links to the server's other pages, may be empty
	Refresh time.Duration // reload after that time (whole seconds, rounded up); 0: never
	Footer  string        // a line at the end, may be empty
	Body    template.HTML // content of main: sections with h2; made by html/template, already escaped
}

// Link is one entry of the navigation.
type Link struct {
	Text, Href string
	Current    bool // the page being shown
}

// Write writes the document as UTF-8.
func Write(w io.Writer, p *Page) error {
	data := struct {
		*Page
		Style   template.CSS
		Seconds int64
	}{Page: p, Style: template.CSS(frameStyle + DrawingStyle)}
	if p.Refresh > 0 {
		data.Seconds = int64(math.Ceil(p.Refresh.Seconds()))
	}
	return frame.Execute(w, data)
}

// SetHeaders sets the headers of a page: type, Content-Security-Policy and
// the refusals of sniffing, framing and referrers. Caching is the caller's
// business.
func SetHeaders(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// The empty icon keeps browsers from asking for /favicon.ico.
var frame = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
{{- if .Seconds}}
<meta http-equiv="refresh" content="{{.Seconds}}">
{{- end}}
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>{{.Style}}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<div class="top">
<h1>{{or .Heading .Title}}</h1>
{{- with .Nav}}
<nav aria-label="Pages"><ul>
{{- range .}}
<li><a href="{{.Href}}"{{if .Current}} aria-current="page"{{end}}>{{.Text}}</a></li>
{{- end}}
</ul></nav>
{{- end}}
</div>
{{- with .Lead}}
<p class="lead">{{.}}</p>
{{- end}}
</header>
<main id="main">
{{.Body}}
</main>
{{- with .Footer}}
<footer><p>{{.}}</p></footer>
{{- end}}
</body>
</html>
`))
