package pagetest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Viewport is a screen.
type Viewport struct {
	Name          string
	Width, Height int     // CSS pixels
	Scale         float64 // device pixels per CSS pixel; 0: 1
	Mobile        bool    // a touch screen, and the page's viewport element counts
	Dark          bool    // the reader prefers dark pages
}

// The screens that pages are checked on.
var (
	Phone       = Viewport{Name: "phone", Width: 390, Height: 844, Mobile: true}
	PhoneDark   = Viewport{Name: "phone-dark", Width: 390, Height: 844, Mobile: true, Dark: true}
	Desktop     = Viewport{Name: "desktop", Width: 1280, Height: 900}
	DesktopDark = Viewport{Name: "desktop-dark", Width: 1280, Height: 900, Dark: true}
)

// Visit is what one visit of a page showed.
type Visit struct {
	URL      string
	Status   int      // HTTP status of the document
	Requests []string // every address asked for, the page's own first
	External []string // those outside the page's server
	Errors   []string // errors and warnings of the console, of the policy, of scripts, failed requests
	PNG      []byte   // the whole page, up to 16,000 pixels high
	Height   int      // of the whole page in CSS pixels
	Overflow int      // CSS pixels by which the page is wider than the screen
	Findings []string // lack of contrast, of names, of landmarks
}

// Visit loads the address with the viewport given and looks at it.
func (b *Browser) Visit(address string, v Viewport) *Visit {
	b.t.Helper()
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{
		"features": []any{map[string]string{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.call("Emulation.setTouchEmulationEnabled", map[string]any{"enabled": v.Mobile}, nil)
	b.metrics(v, v.Height)
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": address}, nil)
	if !b.seen("Page.loadEventFired") {
		b.await("loading "+address, func(m message) bool { return m.Method == "Page.loadEventFired" })
	}
	out := &Visit{URL: address}
	b.Eval("document.documentElement.scrollHeight", &out.Height)
	b.Eval("Math.max(0, document.documentElement.scrollWidth - innerWidth)", &out.Overflow)
	// So high that all of the page is on the screen: text is looked at where it stands.
	b.metrics(v, min(max(out.Height, v.Height), 16000))
	b.Eval(audit, &out.Findings)
	var shot struct{ Data []byte }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	out.PNG = shot.Data
	b.collect(out)
	return out
}

func (b *Browser) metrics(v Viewport, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": v.Width, "height": height,
		"deviceScaleFactor": max(v.Scale, 1), "mobile": v.Mobile}, nil)
}

func (b *Browser) seen(method string) bool {
	for _, e := range b.events {
		if e.Method == method {
			return true
		}
	}
	return false
}

// collect turns the events of the visit into requests and complaints.
func (b *Browser) collect(out *Visit) {
	b.t.Helper()
	u, err := url.Parse(out.URL)
	must(b.t, err)
	origin := u.Scheme + "://" + u.Host
	for _, e := range b.events {
		var p struct {
			Type     string
			Request  struct{ URL string }
			Response struct {
				URL    string
				Status int
			}
			Entry            struct{ Level, Text, URL string }
			ErrorText        string
			ExceptionDetails struct{ Text string }
			Args             []struct{ Value any }
		}
		must(b.t, json.Unmarshal(e.Params, &p))
		switch e.Method {
		case "Network.requestWillBeSent":
			out.Requests = append(out.Requests, p.Request.URL)
			if !local(p.Request.URL, origin) {
				out.External = append(out.External, p.Request.URL)
			}
		case "Network.responseReceived":
			if p.Type == "Document" {
				out.Status = p.Response.Status
			}
		case "Network.loadingFailed":
			out.Errors = append(out.Errors, "request failed: "+p.ErrorText)
		case "Log.entryAdded":
			if p.Entry.Level == "error" || p.Entry.Level == "warning" {
				out.Errors = append(out.Errors, p.Entry.Level+": "+p.Entry.Text+" "+p.Entry.URL)
			}
		case "Runtime.exceptionThrown":
			out.Errors = append(out.Errors, "script: "+p.ExceptionDetails.Text)
		case "Runtime.consoleAPICalled":
			out.Errors = append(out.Errors, fmt.Sprintf("console %s: %v", p.Type, p.Args))
		}
	}
}

// Check visits the address with all four screens and fails the test for
// whatever a page of ours must not have; see the package's description.
func Check(t testing.TB, name, address string) map[string]*Visit {
	t.Helper()
	b := Start(t)
	visits := map[string]*Visit{}
	for _, view := range []Viewport{Phone, PhoneDark, Desktop, DesktopDark} {
		v := b.Visit(address, view)
		visits[view.Name] = v
		Keep(t, name+"-"+view.Name, v.PNG)
		if v.Status != 200 {
			t.Errorf("%s %s: status %d", name, view.Name, v.Status)
		}
		for _, list := range []struct {
			what  string
			lines []string
		}{{"asks for", v.External}, {"complains", v.Errors}, {"lacks", v.Findings}} {
			if len(list.lines) > 0 {
				t.Errorf("%s %s %s:\n  %s", name, view.Name, list.what,
					strings.Join(list.lines[:min(len(list.lines), 20)], "\n  "))
			}
		}
		if v.Overflow > 0 {
			t.Errorf("%s %s: %d pixels wider than the screen", name, view.Name, v.Overflow)
		}
		t.Logf("%s %s: asks for %.60q, %d outside, %d error(s), %d pixels high", name, view.Name,
			v.Requests, len(v.External), len(v.Errors), v.Height)
	}
	return visits
}

// Keep stores a screenshot in the folder that NESTOS_TEST_SHOTS names, if any.
func Keep(t testing.TB, name string, png []byte) {
	t.Helper()
	if dir := os.Getenv("NESTOS_TEST_SHOTS"); dir != "" {
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
	}
}
