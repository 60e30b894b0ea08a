// Package resource fetches what Ignition configs refer to.
//
// [New] makes a [Fetcher]; [Fetcher.Fetch] writes the bytes of one resource of a
// config to a writer, [Fetcher.FetchBytes] returns them, [Fetcher.Get] asks a
// metadata service. [Fetcher.Configure] applies the timeouts, the proxies and the
// certificate authorities of a config.
//
//	f, err := resource.New(&resource.Options{Version: "2.26.0"})
//	if err != nil {
//		return err
//	}
//	if err := f.Configure(ctx, cfg.Ignition); err != nil {
//		return err
//	}
//	if err := f.Fetch(ctx, file.Contents, temporary); err != nil {
//		return err // temporary holds garbage
//	}
//
// # Sources
//
//	""            nothing: no bytes
//	data          decoded in memory
//	http, https   see below; blobs of Azure first with Options.AzureToken
//	tftp          octet mode, port 69 unless given
//	gs            Google Cloud Storage by its JSON API, with Options.GoogleToken
//	s3, arn       Options.Sources; package ignition/resource/s3 has one
//
// Package ignition/resource/cloud fills the options in for a platform.
//
// The bytes are decompressed (gzip, any number of members) and then at once
// written and hashed. Whoever writes to a file must not give the file its name
// before Fetch returned nil. Large resources are received and decompressed in one
// goroutine and hashed and written in another; small ones, and data URLs, need none.
//
// # HTTP
//
// A request has the headers User-Agent: Ignition/<version>, Accept with Ignition's
// media type and Accept-Encoding: identity; those of the resource replace them.
// Transport errors and statuses from 500 on are tried again for ever, with waits of
// 200 ms, 400 ms and so on up to 5 s, until the timeout of the config ends it with
// [ErrTimeout]. Status 404 is [ErrNotFound], other statuses than 200 and 204 are
// [ErrFailed]. A body that is cut off is an error; it is not tried again because
// its first bytes have been handed out. What can never succeed (a URL without host, a
// header that cannot be sent) fails at once.
//
// Redirects are followed with none of our headers, since those may hold secrets
// that are meant for the first host only. Ignition follows them without limit;
// here an attempt fails after 1000 of them, so that a loop of redirects waits
// between the attempts like any other failure.
//
// The environment is not looked at: proxies come from the config alone. Only
// HTTP/1.1 is spoken. There are no cookies.
//
// # Limits
//
// What is written to a writer may have any size. What is returned in memory
// (configs, certificate authorities, user data) is limited to [Options.MaxBytes],
// after decompression.
//
// # Logs
//
// Each attempt is logged with its URL, without the password that the URL may
// contain, and its result. Data URLs, headers and contents are never logged.
//
// A Fetcher is safe for concurrent use.
package resource
