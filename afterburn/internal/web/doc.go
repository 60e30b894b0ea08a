// Package web asks metadata services over HTTP.
//
// [New] makes a [Client], [Client.Text], [Client.JSON] and [Client.XML] get a document, [Client.Put],
// [Client.Post] and [Client.Patch] tell the service something.
//
// # What counts as an answer
//
//	          success     absent                      failure, tried again
//	GET       200         404, unless Doc.Required    everything else, and no connection
//	PUT       2xx         –                           everything else
//	POST      2xx         –                           everything else
//	PATCH     2xx         –                           everything else
//
// There are eleven attempts with pauses of 1, 2, 4, 5, 5 … seconds ([Requests]). A complete reply that cannot be
// decoded, or is too large, is an error at once: asking again gives the same.
//
// # Who may answer
//
// Whoever answers on a link-local address controls the machine's keys. So no proxy is used, redirects are followed
// only on the same host, and replies are bounded in size, a request in time.
//
// A document is asked for once for the life of a Client, also by several goroutines at the same time.
package web
