ostree --repo=r init --mode=archive
mkdir -p t/d; printf x > t/f; printf y > t/d/g
ostree --repo=r commit -b main -s 1 --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t
cp -r r broken; printf 'garbage\n' > broken/refs/heads/main
# Here a ref that names nothing is an error in listings too, and the message tells which one it is.
! ostree --repo=broken refs
! ostree --repo=broken rev-parse main
! ostree --repo=broken log main
ostree --repo=c init --mode=bare-user
ostree --repo=c remote add --no-gpg-verify o URL/broken
ostree --repo=c pull o main
rm -r broken; cp -r r broken; rm broken/objects/*/*.commit
ostree --repo=broken fsck
ostree --repo=broken show main
ostree --repo=broken log main
ostree --repo=broken ls main
ostree --repo=broken checkout main co
# The newer program names the URL.
! ostree --repo=c pull o main
rm -r broken; cp -r r broken; rm broken/objects/*/*.filez
ostree --repo=broken fsck
ostree --repo=broken fsck
ostree --repo=broken cat main /f
! ostree --repo=c pull o main
ostree --repo=c fsck
rm -r broken; cp -r r broken; for f in broken/objects/*/*.filez; do printf z >> $f; done
ostree --repo=c pull o main
rm -r broken; cp -r r broken; for f in broken/objects/*/*.dirtree; do printf z >> $f; done
ostree --repo=c pull o main
rm -r broken; cp -r r broken; for f in broken/objects/*/*.commit; do printf z >> $f; done
ostree --repo=c pull o main
rm -r broken; cp -r r broken; printf 'nonsense' > broken/summary
# Here the message tells what it is about, and no listing is made from a damaged summary.
! ostree --repo=c pull o main
! ostree --repo=c remote refs o
rm -r broken; cp -r r broken; rm -r broken/refs/remotes
ostree --repo=broken refs
rm -r broken; cp -r r broken; printf '[core]\nmode=archive\nrepo_version=2\n' > broken/config
ostree --repo=broken refs
rm -r broken; cp -r r broken; printf 'x\n' > broken/config
ostree --repo=broken refs
rm -r broken; cp -r r broken; printf '[core]\nrepo_version=1\nmode=archive\nmin-free-space-size=5\n' > broken/config
ostree --repo=broken refs
rm -r broken; cp -r r broken; printf '[core]\nrepo_version=1\nmode=bare-user\n' > broken/config
ostree --repo=broken summary -u
ostree --repo=c pull o main
