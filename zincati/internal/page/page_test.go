package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/zincati/internal/page"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

var sample = &page.Page{
	Title: "Sample", Heading: "A <heading>", Lead: "What it is about.",
	Nav:     []page.Link{{Text: "Here", Href: "./", Current: true}, {Text: "There", Href: "there?a=b&c=d"}},
	Refresh: 1500 * time.Millisecond, Footer: "The end.",
	Body: template.HTML(`<section class="card"><h2>Part</h2>
<p class="notice">All is well.</p><p class="notice bad" role="alert">All is not well.</p><p class="notice warn">Take care.</p>
<p><span class="badge">plain</span> <span class="badge ok">fine</span> <span class="badge warn">barrier</span> <span class="badge bad">dead end</span> <span class="badge info">rollout</span></p>
<form class="choose"><label>Choose <select name="a"><option>one</option></select></label><button>Show</button></form>
<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="stack"><caption>Things</caption><thead><tr><th scope="col">Name</th><th scope="col" class="num">Number</th></tr></thead>
<tbody><tr><td data-label="Name"><code>abc</code></td><td data-label="Number" class="num">12</td></tr></tbody></table></div>
<progress value="0.4" aria-label="40 %">40 %</progress><p class="muted">Less important.</p></section>`),
}

func TestPolicyAllowsExactlyTheStyleSheet(t *testing.T) {
	var b bytes.Buffer
	if err := page.Write(&b, sample); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(b.String(), "<style>")
	style, _, ok := strings.Cut(rest, "</style>")
	if !ok {
		t.Fatal("no style sheet")
	}
	sum := sha256.Sum256([]byte(style))
	want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if !strings.Contains(page.ContentSecurityPolicy, "style-src "+want+";") {
		t.Errorf("the policy lacks %s (hash.go is out of date)", want)
	}
	for _, no := range []string{"unsafe", "http:", "https:", "script-src", "*"} {
		if strings.Contains(page.ContentSecurityPolicy, no) {
			t.Errorf("the policy has %q", no)
		}
	}
	for _, no := range []string{"@import", "url(", "http"} {
		if strings.Contains(style, no) {
			t.Errorf("the style sheet has %q", no)
		}
	}
}

func TestFrame(t *testing.T) {
	var b bytes.Buffer
	if err := page.Write(&b, sample); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>A &lt;heading&gt;</h1>", `href="there?a=b&amp;c=d"`, `<a href="./" aria-current="page">Here</a>`,
		`<meta http-equiv="refresh" content="2">`, "<footer><p>The end.</p></footer>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %s", want)
		}
	}
	b.Reset()
	if err := page.Write(&b, &page.Page{Title: "Only"}); err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"refresh", "<nav", "<footer", `class="lead"`} {
		if strings.Contains(strings.ReplaceAll(b.String(), b.String()[strings.Index(b.String(), "<style>"):strings.Index(b.String(), "</style>")], ""), no) {
			t.Errorf("has %s", no)
		}
	}
	if !strings.Contains(b.String(), "<h1>Only</h1>") {
		t.Error("the title is not the heading")
	}
}

func TestBrowser(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page.SetHeaders(w.Header())
		still := *sample
		still.Refresh = 0
		page.Write(w, &still)
	}))
	t.Cleanup(server.Close)
	pagetest.Check(t, "frame", server.URL+"/")
}

// A check that finds nothing anywhere would be worthless.
func TestBrowserFindsFaults(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
		w.Write([]byte(`<html><body><div style="width:2000px">wide</div><svg><text>x</text></svg><h3>Deep</h3><table><tr><td>x</table>
<script>alert(1)</script><img src="http://other.example/x.png"><font color="#aaaaaa">pale</font><input>`))
	}))
	t.Cleanup(server.Close)
	v := pagetest.Start(t).Visit(server.URL+"/", pagetest.Phone)
	all := strings.Join(append(append(v.Findings, v.Errors...), v.External...), "\n")
	for _, want := range []string{"no title", "no language", "h1: 0", "main: 0", "a script", "attribute style of div", "heading jumps",
		"table without caption", "picture without a name", "control without label: input", `of "pale"`, "Content Security Policy"} {
		if !strings.Contains(all, want) {
			t.Errorf("not found: %s", want)
		}
	}
	if t.Failed() {
		t.Log(all)
	}
}

func TestBrowserSeesRequests(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<link rel="icon" href="data:,"><img src="` + other.URL + `/x.png"><script>throw new Error("thrown")</script>`))
	}))
	t.Cleanup(server.Close)
	v := pagetest.Start(t).Visit(server.URL+"/", pagetest.Desktop)
	if len(v.External) != 1 || v.External[0] != other.URL+"/x.png" || v.Requests[0] != server.URL+"/" {
		t.Errorf("requests %q, external %q", v.Requests, v.External)
	}
	if all := strings.Join(v.Errors, "\n"); !strings.Contains(all, "script: Uncaught") || !strings.Contains(all, "request failed") {
		t.Errorf("errors: %s", all)
	}
}

func TestVisible(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"44.20260707.3.1", 0, "44.20260707.3.1"},
		{"a\u202eb", 0, "a<U+202E>b"},
		{"tab\tnew\nnul\x00", 0, "tab<U+0009>new<U+000A>nul<U+0000>"},
		{"bad\xff", 0, "bad<0xFF>"},
		{"zero\u200bwidth\u2066", 0, "zero<U+200B>width<U+2066>"},
		{"\ufeffbom\u00ad", 0, "<U+FEFF>bom<U+00AD>"},
		{"hangul\u3164", 0, "hangul<U+3164>"},
		{"<b>&", 0, "<b>&"},
		{"Grüße, мир, 世界", 0, "Grüße, мир, 世界"},
		{"abcdef", 3, "abc…"},
		{"äöüß", 4, "äöüß"},
		{"", 4, ""},
	} {
		if got := page.Visible(c.in, c.max); got != c.want {
			t.Errorf("Visible(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	for _, s := range []string{"", "a\u202e", "\xff\xfe", "\u0301x", "ok"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := page.Visible(s, max)
		if !utf8.ValidString(got) {
			t.Fatalf("%q: not UTF-8", got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q: has %U", got, r)
			}
		}
		if max > 0 && max < 1000 && utf8.RuneCountInString(got) > 10*max+1 {
			t.Fatalf("%q: too long for %d", got, max)
		}
	})
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", -time.Hour: "0 s", 999 * time.Millisecond: "0 s", 45 * time.Second: "45 s",
		200 * time.Second: "3 min 20 s", time.Hour: "1 h", 5*time.Hour + 2*time.Minute + 3*time.Second: "5 h 2 min",
		12*24*time.Hour + 4*time.Hour: "12 d 4 h", 24*time.Hour + time.Minute: "1 d",
	} {
		if got := page.Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	when := time.Date(2026, 7, 22, 16, 0, 0, 0, time.FixedZone("", 7200))
	if got := page.Time(when); got != "2026-07-22 14:00 UTC" {
		t.Error(got)
	}
	if got := page.Time(when.Add(time.Second)); got != "2026-07-22 14:00:01 UTC" {
		t.Error(got)
	}
	if got := page.Time(time.Time{}); got != "never" {
		t.Error(got)
	}
}
