// Package report holds what validation finds in a config: entries with a kind,
// a path in the document, a position in its text, and a message.
package report
