ostree --repo=r init --mode=archive
mkdir t; printf x > t/f
ostree --repo=r summary
ostree --repo=r summary -v
ostree --repo=r summary --raw
ostree --repo=r commit -b main -s s --timestamp=@1700000000 --add-metadata-string=version=1.0 --owner-uid=0 --owner-gid=0 t
ostree --repo=r commit -b other/b -s s --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t
ostree --repo=r summary -u -m b
ostree --repo=r summary -u -m b=b
ostree --repo=r summary -u -m a=5 -m 'b="x"' -m 'c=[1,2]'
# The newer program ends with what it knows of signatures.
ostree --repo=r summary -v | grep -v 'Summary is unsigned'
ostree --repo=r summary --raw
ostree --repo=c init
ostree --repo=c remote add --no-gpg-verify o URL/r
ostree --repo=c remote refs o
ostree --repo=c remote summary o
ostree --repo=c remote summary --raw o
ostree --repo=col init --mode=archive --collection-id=org.example.Col
ostree --repo=col commit -b main -s s --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t
ostree --repo=col refs -c --create=org.example.Other:xx main
ostree --repo=col summary -u
ostree --repo=col summary -v | grep -v 'Summary is unsigned' | sed '/ostree-metadata/,/Timestamp/d'
ostree --repo=col refs -c | sort
ostree --repo=c remote add --no-gpg-verify --collection-id=org.example.Col p URL/col
ostree --repo=c pull p main
ostree --repo=c refs -c
ostree --repo=c remote refs p
ostree --repo=m init
ostree --repo=m remote add --no-gpg-verify p URL/r
ostree --repo=m pull --mirror p
ostree --repo=m refs | sort
