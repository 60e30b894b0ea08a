// Package view shows an update graph to people: as a picture, as a page, as
// input for Graphviz.
//
//	err := view.SVG(file, graph, &view.Options{Title: "stable, x86_64"})
//	err = view.DOT(file, graph, nil)
//	err = view.Page(w, &view.PageData{Scopes: all, Current: scope, Graph: graph, LastRefresh: then})
//
// Graphs are shown unthrottled, with the progress of their rollouts at a
// moment that can be chosen.
//
// # The picture
//
// Releases stand in rows, the newest at the top. A stream's graph has few
// targets and many sources: everything leads to the next barrier or to the
// releases being rolled out. So the edges into one release are bundled to a
// lane, a line beside the rows, with a dot for each source and an arrow at the
// target; lanes are assigned like the colours of an interval graph, short ones
// inside. Runs of old releases that are nobody's target, carry no mark and
// have the same targets are folded into one row. A barrier is a diamond, a
// dead end an octagon with a cross, a rollout a pie; each also says so in
// words. A lane is dashed while its rollout is open to nobody.
//
// # Hostile graphs
//
// Anything may be in a graph that comes from somewhere else: cycles, edges to
// nowhere, markup in versions, a hundred thousand releases. Text is escaped,
// shortened, and control characters are made visible; pictures and pages
// are bounded in rows, lanes and bytes, and say what they left out; all of
// it takes time linear in the graph, but for sorting. DOT writes everything.
//
// The page works under a strict Content-Security-Policy ([ContentSecurityPolicy]).
//
// The functions keep nothing and may be called at the same time; the graph is only read.
package view
