// Package stream reads the metadata that tell which images there are: of a stream (the newest
// release for every architecture and platform), of one release, and the index of releases.
//
// [Fetch] gets the document of a stream and [Parse] reads one; [Stream.Artifacts] finds the
// files of one image, [Stream.List] and [WriteTable] show all there are.
//
//	{
//	  "stream": "stable",
//	  "metadata": {"last-modified": "2026-11-01T12:00:00Z"},
//	  "architectures": {
//	    "x86_64": {
//	      "artifacts": {
//	        "metal": {
//	          "release": "43.20261101.3.0",
//	          "formats": {
//	            "raw.xz": {"disk": {"location": "https://…", "signature": "https://….sig", "sha256": "…"}},
//	            "pxe": {"kernel": {…}, "initramfs": {…}, "rootfs": {…}}
//	          }
//	        }
//	      },
//	      "images": {"aws": {"regions": {"eu-west-1": {"release": "…", "image": "ami-…"}}}, …}
//	    }
//	  }
//	}
//
// The types follow github.com/coreos/stream-metadata-go, whose packages stream, release and
// arch are together here. Unknown keys are ignored at every level, save for artifact types
// and platforms, of which any name is kept. Documents are bounded in size and depth; what they
// say is believed no more than the connection they came over: an image is proven by its
// signature.
package stream
