# One solver for several blocks; automatically installed packages; clean-up.
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: app 1 1 noarch
#>=Prv: app = 1-1
#>=Req: lib
#>=Pkg: lib 1 1 noarch
#>=Prv: lib = 1-1
#>=Rec: doc
#>=Pkg: doc 1 1 noarch
#>=Prv: doc = 1-1
#>=Pkg: lonely 1 1 noarch
#>=Prv: lonely = 1-1
repo r 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: app 2 1 noarch
#>=Prv: app = 2-1
#>=Pkg: lang 1 1 noarch
#>=Prv: lang = 1-1
#>=Sup: namespace:language(de)
system x86_64 rpm @System
autoinst name lib
autoinst name doc
job erase name app [cleandeps]
result transaction,problems,cleandeps,userinstalled,unneeded,jobs,reason <inline>
#>cleandeps doc-1-1.noarch@@System
#>cleandeps lib-1-1.noarch@@System
#>erase app-1-1.noarch@@System
#>erase doc-1-1.noarch@@System
#>erase lib-1-1.noarch@@System
#>job erase name app [cleandeps]
#>job userinstalled name app
#>job userinstalled name lonely
#>reason app-1-1.noarch@@System unit d5c30639a1d21bc1b5c8658657a01afe
#>reason app-2-1.noarch@r unit ceb7fbc38e2004dc62c69012dd04ca9d
#>reason doc-1-1.noarch@@System cleandeps
#>reason lib-1-1.noarch@@System cleandeps
#>reason lonely-1-1.noarch@@System unit 4f0b18cb1c2712925f5d6e9ba18b0690
#>unneeded doc-1-1.noarch@@System
#>unneeded lib-1-1.noarch@@System
#>unneeded_filtered app-1-1.noarch@@System
#>userinstalled pkg lonely-1-1.noarch@@System
nextjob
job userinstalled name doc
job update all packages [cleandeps]
result transaction,cleandeps,userinstalled,unneeded <inline>
#>autoinst name app
#>autoinst name lonely
#>cleandeps lib-1-1.noarch@@System
#>erase lib-1-1.noarch@@System
#>unneeded lib-1-1.noarch@@System
#>unneeded_filtered app-1-1.noarch@@System
#>unneeded_filtered lonely-1-1.noarch@@System
#>upgrade app-1-1.noarch@@System app-2-1.noarch@r
#>userinstalled pkg doc-1-1.noarch@@System
nextjob
namespace namespace:language(de) @SYSTEM
solverflags addalreadyrecommended
job install name app
result transaction,reason,recommended <inline>
#>install lang-1-1.noarch@r
#>reason app-1-1.noarch@@System job 3425096d516d2dc4a6d90b03bbc10862
#>reason app-2-1.noarch@r unit 9502e9f7e5b4c38655634a7fc82b1f2f
#>reason doc-1-1.noarch@@System unit 3e502b87d06bc352bb54d48d0bed75be
#>reason lang-1-1.noarch@r supplemented namespace:language(de) @SYSTEM
#>reason lib-1-1.noarch@@System unit b98b030b3e6b394f1aaf9fe232e6b042
#>reason lonely-1-1.noarch@@System unit 4f0b18cb1c2712925f5d6e9ba18b0690
#>recommended doc-1-1.noarch@@System
#>recommended lang-1-1.noarch@r
nextjob reusesolver
job noop name app
result transaction,orphaned,recommended <inline>
#>orphaned doc-1-1.noarch@@System
#>orphaned lib-1-1.noarch@@System
#>orphaned lonely-1-1.noarch@@System
#>recommended doc-1-1.noarch@@System
