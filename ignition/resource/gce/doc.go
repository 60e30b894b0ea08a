// Package gce gives access to Google Cloud Storage with the service account of a
// virtual machine of Google Compute Engine.
//
//	opt.GoogleToken = gce.NewToken(nil)
//
// Whether the machine is one of Compute Engine is asked for when the first object is
// fetched: its metadata service answers with a header Metadata-Flavor: Google.
package gce
