// Package pagetest looks at the servers' pages with a real browser, Chromium
// without a window, for tests.
//
//	func TestPageInBrowser(t *testing.T) {
//		server := httptest.NewServer(handler)
//		t.Cleanup(server.Close)
//		pagetest.Check(t, "locks", server.URL+"/")
//	}
//
// [Check] is all that most tests need: it visits the address at phone and
// desktop width, in light and dark, and fails the test when the page asks for
// anything outside its own server, has a script, logs an error (a refused
// style or a script error among them), is wider than the screen, has text of
// too little contrast, a picture without a name, or lacks title, language,
// h1, main. It returns the [Visit] of every view for further questions. With
// the environment variable NESTOS_TEST_SHOTS set to a folder, the screenshots
// of the whole page are kept there as NAME-VIEW.png.
//
//	b := pagetest.Start(t)                       // skips (in CI: fails) without chromium
//	v := b.Visit(url, pagetest.Phone)            // load, wait, record
//	v.Requests, v.Errors, v.PNG                  // what it asked for, what it complained of, how it looks
//	b.Eval("document.title", &title)             // a question about the page shown
//
// The browser is driven by its DevTools protocol over a pair of pipes, so no
// port is opened and a true phone viewport is possible.
package pagetest
