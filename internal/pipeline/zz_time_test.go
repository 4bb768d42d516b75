package pipeline
import ("testing";"time";"context";"fmt";"os";"fermata/internal/source";"fermata/internal/discover";"fermata/internal/verify/codecheck")
func TestZZTime(t *testing.T){
 e,_,_:=New(Options{}); 
 root,err:=source.Open(os.Getenv("TREE"),source.Options{}); if err!=nil {t.Fatal(err)}
 t0:=time.Now()
 o,err:=discover.Run(context.Background(),root,discover.Options{Extractors:e.extractors}); if err!=nil {t.Fatal(err)}
 t1:=time.Now()
 asks:=e.rules.Asks()
 c,err:=codecheck.Run(context.Background(),codecheck.Input{Program:o.Program,Paths:o.Paths,Read:o.Read,System:o.System,Asks:codecheck.Asks{Kinds:asks.Kinds,Names:asks.Names}})
 fmt.Println("discover",t1.Sub(t0),"codecheck",time.Since(t1),len(c.Subjects),c.Files,len(c.Cut),c.Failed,err)
}
