// Package source gets update graphs for tools that look at them: it builds them from release metadata, in files or on
// the web, or asks a running server.
//
//	g, err := source.Load(ctx, &source.Source{Releases: "releases.json", Updates: "updates.json", Basearch: "x86_64"}, nil)
//	g, err = source.Load(ctx, &source.Source{URL: "https://updates.example.com", Stream: "stable", Basearch: "x86_64"}, nil)
//
// Both are the whole graph, with its rollouts as metadata and no edge left out for the sake of them:
// [cincinnati.Filter] shows what a node sees, [cincinnati.Explain] why, package view draws it, package simulate lets a
// fleet follow it.
//
// A node is not to use it: it asks as [cincinnati.Client] does.
package source
