repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Enh: W < 1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 200
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: E
#>=Enh: C
#>=Tim: 200
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prv: V < 3-1
#>=Req: D = 2
#>=Prq: B
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prq: F
#>=Req: W
#>=Enh: A
#>=Rec: V
#>=Tim: 200
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prv: W < 2
#>=Prq: F >= 3
#>=Req: F <= 1-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: X
#>=Req: A <> 1
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: C
#>=Req: W >= 3-1
#>=Rec: B
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prv: V
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Rec: E
#>=Tim: 100
system i686 rpm system
job install oneof C-1-1.noarch@r2 D-2-1.noarch@r2
job install oneof B-2-2.noarch@r1 B-2-2.noarch@r1
job erase name E
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name D
#>install B-2-2.noarch@r1
#>job erase name E
#>job install oneof B-2-2.noarch@r1 B-2-2.noarch@r1
#>job install oneof C-1-1.noarch@r2 D-2-1.noarch@r2
#>problem 3795628b info nothing provides F <= 1-1 needed by D-2-1.noarch
#>problem 3795628b solution 5748f66f deljob install oneof C-1-1.noarch@r2 D-2-1.noarch@r2
#>reason A-1-1.noarch@r2 unit 8692f5af900941ed30c2e48befbaa8e3
#>reason A-2-2.noarch@system unit 2f2f08d1334f5486acf622f9ed86fd42
#>reason B-2-2.noarch@r1 job 37fdfee0c041e567d592efa1aedc100f
#>reason C-1-1.noarch@r2 unit 9e66d7071724003eb495d74d473c2228
#>reason D-1-1.noarch@r2 unit f17f6a121870281aa3d6034a7e095174
#>reason D-2-1.noarch@r1 unit 9a1e440f853841dc8f86301369491e4e
#>reason D-2-1.noarch@r2 unit 1bcb8cb9b19e8eef1a9dbe86e3cf2739
#>reason D-2-1.noarch@system keep 0c9e4925d45314afd82210c7100752ce
#>reason D-3-1.noarch@r1 unit 0fdcacda470d2fed4b8fd571b25ecaf2
#>reason E-1-1.noarch@r2 unit b5fd672b6998b6f9de2dbf878bbbbfee
#>reason E-3-1.noarch@r1 unit 7c8f091180a2f9f20385b780edf084fd
#>rule feature 5cd2990b0554ad248415aa3ac1218a10  A-1-1.noarch@r2
#>rule feature 5cd2990b0554ad248415aa3ac1218a10  A-2-2.noarch@system
#>rule job 37fdfee0c041e567d592efa1aedc100f  B-2-2.noarch@r1
#>rule job 37fdfee0c041e567d592efa1aedc100f  B-2-2.noarch@r1
#>rule job 7c8f091180a2f9f20385b780edf084fd -E-3-1.noarch@r1
#>rule job 88b2335b508be4a5cbbb5a41f77f2cca  C-1-1.noarch@r2
#>rule job 88b2335b508be4a5cbbb5a41f77f2cca  D-2-1.noarch@r2
#>rule job b5fd672b6998b6f9de2dbf878bbbbfee -E-1-1.noarch@r2
#>rule pkg 01d5e70dbfe48e04a1f71f9a5bcca85c  B-2-2.noarch@r1
#>rule pkg 01d5e70dbfe48e04a1f71f9a5bcca85c -D-2-1.noarch@r1
#>rule pkg 049ceeab1543fc82f45fd52aa3f5e825  C-1-1.noarch@r2
#>rule pkg 049ceeab1543fc82f45fd52aa3f5e825  C-2-1.noarch@r1
#>rule pkg 049ceeab1543fc82f45fd52aa3f5e825  C-3-1.noarch@r2
#>rule pkg 049ceeab1543fc82f45fd52aa3f5e825 -E-1-1.noarch@r2
#>rule pkg 07e4609e956a91f0da8f7fe27c7b0c29 -E-1-1.noarch@r2
#>rule pkg 07e4609e956a91f0da8f7fe27c7b0c29 -E-3-1.noarch@r1
#>rule pkg 0fdcacda470d2fed4b8fd571b25ecaf2  E-1-1.noarch@r2
#>rule pkg 0fdcacda470d2fed4b8fd571b25ecaf2  E-3-1.noarch@r1
#>rule pkg 0fdcacda470d2fed4b8fd571b25ecaf2 -D-3-1.noarch@r1
#>rule pkg 1bcb8cb9b19e8eef1a9dbe86e3cf2739 -D-2-1.noarch@r2
#>rule pkg 1e106174419daba693a711b366a8297a -D-2-1.noarch@r2
#>rule pkg 1e106174419daba693a711b366a8297a -D-3-1.noarch@r1
#>rule pkg 28327a1ef9bcab3ae62357723767fa54  A-2-2.noarch@system
#>rule pkg 28327a1ef9bcab3ae62357723767fa54 -C-1-1.noarch@r2
#>rule pkg 3cff8afdf5b41ac90f0b43f78c887ead -D-2-1.noarch@system
#>rule pkg 3cff8afdf5b41ac90f0b43f78c887ead -D-3-1.noarch@r1
#>rule pkg 4809d4ad832393f35528f14837853a6c -D-2-1.noarch@r1
#>rule pkg 4809d4ad832393f35528f14837853a6c -D-3-1.noarch@r1
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-1-1.noarch@r2
#>rule pkg 8692f5af900941ed30c2e48befbaa8e3 -A-2-2.noarch@system
#>rule pkg 9a1e440f853841dc8f86301369491e4e -D-2-1.noarch@r1
#>rule pkg 9a1e440f853841dc8f86301369491e4e -D-2-1.noarch@system
#>rule pkg 9e66d7071724003eb495d74d473c2228 -C-1-1.noarch@r2
#>rule pkg a14b0deea377d38a11343649c6c0b12b -D-2-1.noarch@r1
#>rule pkg a14b0deea377d38a11343649c6c0b12b -D-2-1.noarch@r2
#>rule pkg a712539736ec495a0a9c1bcb069fb05c -D-2-1.noarch@r2
#>rule pkg a712539736ec495a0a9c1bcb069fb05c -D-2-1.noarch@system
#>rule pkg b5fd672b6998b6f9de2dbf878bbbbfee -E-1-1.noarch@r2
#>rule pkg d4cb6ba175c12f1a305ae3777f10209f -D-1-1.noarch@r2
#>rule pkg d4cb6ba175c12f1a305ae3777f10209f -D-2-1.noarch@system
#>rule pkg d8641465bec53e6f8af77026ccb3f6f5 -C-1-1.noarch@r2
#>rule pkg d8641465bec53e6f8af77026ccb3f6f5 -C-2-1.noarch@r1
#>rule pkg e8faaa18b3cca733b18a43b106f74f30  D-2-1.noarch@r2
#>rule pkg e8faaa18b3cca733b18a43b106f74f30 -D-1-1.noarch@r2
#>rule pkg edf3291b919a3f3da55dcc7c70cc996a -C-1-1.noarch@r2
#>rule pkg edf3291b919a3f3da55dcc7c70cc996a -C-3-1.noarch@r2
#>rule pkg f17f6a121870281aa3d6034a7e095174 -D-1-1.noarch@r2
#>rule pkg ffb951e497d229349387a7ded2b8270d -C-2-1.noarch@r1
#>rule pkg ffb951e497d229349387a7ded2b8270d -C-3-1.noarch@r2
#>rule update 0c9e4925d45314afd82210c7100752ce  D-2-1.noarch@r1
#>rule update 0c9e4925d45314afd82210c7100752ce  D-2-1.noarch@r2
#>rule update 0c9e4925d45314afd82210c7100752ce  D-2-1.noarch@system
#>rule update 0c9e4925d45314afd82210c7100752ce  D-3-1.noarch@r1
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>unneeded_filtered A-2-2.noarch@system
#>unneeded_filtered D-2-1.noarch@system
#>userinstalled pkg B-2-2.noarch@r1
