repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: W
#>=Prq: W - (B | B)
#>=Prq: X <> 2-1
#>=Req: A = 3 - C
#>=Prq: W
#>=Enh: /bin/b
#>=Rec: (B & (nosuch + C)) <IF> (A <ELSE> X)
#>=Fls: /usr/d
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: C 1:1 1 noarch
#>=Prv: C = 1:1-1
#>=Sup: W + (((/usr/lib/c) <IF> /nowhere/e) <UNLESS> A)
#>=Fls: /usr/d
#>=Vnd: packman
#>=Tim: 100
repo r1 0.3 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1:1 1 i586
#>=Prv: B = 1:1-1
#>=Obs: A >= 3
#>=Sug: C
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: C 2 1 x86_64
#>=Prq: A >= 2-1
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: C 3 1 x86_64
#>=Prv: C = 3-1
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: C 1:1 2 x86_64
#>=Prv: C = 1:1-2
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: C 2 1 i686
#>=Prv: C = 2-1
#>=Req: B
#>=Con: B >= 3-1 & W
#>=Vnd: packman
#>=Tim: 100
#>=Pkg: B 1 1 x86_64
#>=Con: A <> 2-2 <IF> (A <ELSE> /usr/lib/c)
#>=Fls: /bin/a
#>=Vnd: Fedora
#>=Tim: 200
repo r2 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 x86_64
#>=Prv: C = 3-1
#>=Vnd: openSUSE build
#>=Tim: 200
#>=Pkg: B 1 1 i686
#>=Prv: B = 1-1
#>=Prv: C
#>=Rec: C
#>=Sup: /usr/lib/c
#>=Vnd: packman
#>=Tim: 100
system x86_64 rpm system
poolflags implicitobsoleteusesprovides
poolflags obsoleteusescolors
poolflags implicitobsoleteusescolors whatprovideswithdisabled
vendorclass SUSE openSUSE
disable name A
disable pkg C-3-1.x86_64@r1
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes allowdowngrade yumobsoletes strongrecommends focusinstalled focusbest !dupallowvendorchange !dupallownamechange keeporphans keepexplicitobsoletes allowarchchange urpmreorder installalsoupdates keeporphans
job erase name A [forcebest,cleandeps]
job install provides X [forcebest,cleandeps]
job multiversion provides C
job lock pkg C-2-1.x86_64@r1
job favor pkg B-1:1-1.i586@r1
job lock name C
job droporphaned name B
job lock pkg C-1-1.noarch@system
job lock pkg C-1:1-1.noarch@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>job droporphaned name B
#>job erase name A [cleandeps,forcebest]
#>job favor pkg B-1:1-1.i586@r1
#>job install provides X [cleandeps,forcebest]
#>job lock name C
#>job lock pkg C-1-1.noarch@system
#>job lock pkg C-1:1-1.noarch@system
#>job lock pkg C-2-1.x86_64@r1
#>job multiversion provides C
#>problem c43b1300 info nothing provides requested X
#>problem c43b1300 solution f830a488 deljob install provides X [cleandeps,forcebest]
#>reason B-1:1-1.i586@r1 unit cbe775ccdcefe4d4e58b9bca4a2e92b8
#>reason C-1-1.noarch@system unit c99f3e7af892434d24c4dac8b1930b6f
#>reason C-1:1-1.noarch@system unit 4f7aabffde7c8c60a49495cd2040e817
#>reason C-1:1-2.x86_64@r1 unit 8fc32b83c9dd13c875e7f4e6cbdf9c4d
#>reason C-2-1.i686@r1 unit 13d5434da2de97ec68c9841bdc551b53
#>reason C-2-1.x86_64@r1 unit 8c0c419954eba6b5dd68cfb38be435aa
#>reason C-3-1.x86_64@r1 unit 8e90cba95e7a4c6c1d594a19e3b3efb0
#>reason C-3-1.x86_64@r2 unit 0edf9adf1b181614818c87c4a928aeaf
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-1-1.noarch@system
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-1-1.noarch@system
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-1:1-1.noarch@system
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-1:1-1.noarch@system
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-1:1-2.x86_64@r1
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-1:1-2.x86_64@r1
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-2-1.i686@r1
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-2-1.i686@r1
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-3-1.x86_64@r2
#>rule feature 2a9eaab525163d1dd23e712412201b77  C-3-1.x86_64@r2
#>rule infarch 13d5434da2de97ec68c9841bdc551b53 -C-2-1.i686@r1
#>rule infarch cbe775ccdcefe4d4e58b9bca4a2e92b8 -B-1:1-1.i586@r1
#>rule job 0edf9adf1b181614818c87c4a928aeaf -C-3-1.x86_64@r2
#>rule job 13d5434da2de97ec68c9841bdc551b53 -C-2-1.i686@r1
#>rule job 4f7aabffde7c8c60a49495cd2040e817  C-1:1-1.noarch@system
#>rule job 4f7aabffde7c8c60a49495cd2040e817  C-1:1-1.noarch@system
#>rule job 8c0c419954eba6b5dd68cfb38be435aa -C-2-1.x86_64@r1
#>rule job 8e90cba95e7a4c6c1d594a19e3b3efb0 -C-3-1.x86_64@r1
#>rule job 8fc32b83c9dd13c875e7f4e6cbdf9c4d -C-1:1-2.x86_64@r1
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule job c99f3e7af892434d24c4dac8b1930b6f  C-1-1.noarch@system
#>rule job c99f3e7af892434d24c4dac8b1930b6f  C-1-1.noarch@system
#>rule pkg 6e5c258f914a3d0580d12180c63a9c14 -B-1-1.i686@r2
#>rule pkg 6e5c258f914a3d0580d12180c63a9c14 -B-1:1-1.i586@r1
#>rule pkg 83d937664026cfbfda44ad40ace03aa6 -B-1:1-1.i586@r1
#>rule pkg 83d937664026cfbfda44ad40ace03aa6 -C-1-1.noarch@system
#>rule pkg 83d937664026cfbfda44ad40ace03aa6 -C-2-1.i686@r1
#>rule pkg 8e90cba95e7a4c6c1d594a19e3b3efb0 -C-3-1.x86_64@r1
#>rule pkg ba5db9ea905021e031f44aec10dd3b78  B-1-1.i686@r2
#>rule pkg ba5db9ea905021e031f44aec10dd3b78  B-1:1-1.i586@r1
#>rule pkg ba5db9ea905021e031f44aec10dd3b78 -C-2-1.i686@r1
#>rule pkg ed109015a4a83c2d004c8d3bd5ab4b3f -C-3-1.x86_64@r1
#>rule pkg ed109015a4a83c2d004c8d3bd5ab4b3f -C-3-1.x86_64@r2
#>rule update 4f7aabffde7c8c60a49495cd2040e817  C-1:1-1.noarch@system
#>rule update c99f3e7af892434d24c4dac8b1930b6f  C-1-1.noarch@system
