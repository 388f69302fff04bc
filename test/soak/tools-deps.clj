;; Asks the real tools.deps: a case (a map in EDN) on each line of stdin, a line of JSON each on stdout.
;; usage: java -cp TOOLS_DEPS clojure.main tools-deps.clj REPOSITORY SCRATCH < cases
;; REPOSITORY is a folder of POMs and metadata. It counts as having an (empty) jar wherever it has a POM of that artifact.
(require '[clojure.edn :as edn] '[clojure.java.io :as jio] '[clojure.string :as str]
         '[clojure.tools.deps :as deps] '[clojure.tools.deps.util.dir :as dir]
         '[clojure.tools.deps.util.maven :as maven] '[clojure.tools.deps.util.session :as session])
(import '[java.io BufferedReader File] '[java.nio.file Files]
        '[org.apache.maven.repository.internal MavenRepositorySystemUtils]
        '[org.eclipse.aether.connector.basic BasicRepositoryConnectorFactory]
        '[org.eclipse.aether.impl DefaultServiceLocator]
        '[org.eclipse.aether.spi.connector RepositoryConnectorFactory]
        '[org.eclipse.aether.spi.connector.transport GetTask Transporter TransporterFactory])

(def repository (jio/file (first *command-line-args*)))
(def scratch (jio/file (second *command-line-args*)))
(def served (atom #{}))
(def empty-jar (byte-array (map unchecked-byte (concat [0x50 0x4b 5 6] (repeat 18 0)))))
(def absent (ex-info "not here" {:absent true}))

(defn pom-beside? [path artifact]
  (some #(let [name (.getName ^File %)] (and (str/starts-with? name (str artifact "-")) (str/ends-with? name ".pom")))
        (.listFiles (.getParentFile (jio/file repository path)))))
(defn content [^String path]
  (let [file (jio/file repository path)]
    (if (.isFile file)
      (Files/readAllBytes (.toPath file))
      (when-let [[_ artifact] (re-matches #".*?([^/]+)/[^/]+/[^/]+\.jar" path)]
        (when (pom-beside? path artifact) empty-jar)))))

(def transporter
  (reify Transporter
    (classify [_ error] (if (:absent (ex-data error)) Transporter/ERROR_NOT_FOUND Transporter/ERROR_OTHER))
    (peek [_ _] nil) (put [_ _] nil) (close [_] nil)
    (^void get [_ ^GetTask task]
      (let [path (.getPath (.getLocation task)) bytes (content path)]
        (when-not bytes (throw absent))
        (when-not (re-find #"\.(sha1|md5|sha256|sha512)$" path) (swap! served conj path))
        (with-open [out (.newOutputStream task)] (.write out ^bytes bytes))))))
(def factory (reify TransporterFactory (newInstance [_ _ _] transporter) (getPriority [_] 100.0)))
(alter-var-root #'maven/make-locator
  (constantly (fn [] (doto ^DefaultServiceLocator (MavenRepositorySystemUtils/newServiceLocator)
                       (.addService RepositoryConnectorFactory BasicRepositoryConnectorFactory)
                       (.setServices TransporterFactory (into-array TransporterFactory [factory]))))))
(alter-var-root #'maven/the-locator (constantly (delay (maven/make-locator))))

;; The machine that the corpus describes, too.
(doseq [[name value] {"java.version" "17" "java.specification.version" "17" "java.vendor" "Conformance" "java.home" "/opt/java" "os.arch" "amd64"
                      "os.version" "6.1" "user.home" "/home/user" "user.name" "user" "user.dir" "/home/user"}]
  (System/setProperty name value))

(defn json [x]
  (cond (map? x) (str "{" (str/join "," (map (fn [[k v]] (str (json (if (keyword? k) (name k) (str k))) ":" (json v))) x)) "}")
        (sequential? x) (str "[" (str/join "," (map json x)) "]")
        (boolean? x) (str x)
        :else (str \" (str/join (map (fn [c] (let [i (int c)] (cond (#{\" \\} c) (str \\ c) (< 31 i 127) (str c) :else (format "\\u%04x" i)))) (str x))) \")))
(defn delete! [^File file] (when (.isDirectory file) (run! delete! (.listFiles file))) (.delete file))

(defn ask [{:keys [id deps aliases files]}]
  (let [folder (jio/file scratch id) project (jio/file folder "p") local (str (jio/file folder "m2"))]
    (try
      (doseq [[name text] (assoc files "deps.edn" deps)]
        (let [file (jio/file project name)] (.mkdirs (.getParentFile file)) (spit file text)))
      (reset! served #{})
      (let [policy {:checksum :ignore :update :never}
            repos {"corpus" {:url "http://127.0.0.1:9/corpus/" :releases policy :snapshots policy}}
            basis (binding [*err* (java.io.StringWriter.)]
                    (dir/with-dir project
                      (session/with-session
                        (deps/create-basis {:root nil :user nil :project (str (jio/file project "deps.edn"))
                                            :extra {:mvn/local-repo local :mvn/repos repos} :aliases (map keyword aliases)}))))
            by-path (:classpath basis)]
        {:id id :ok true
         :libs (into {} (for [[lib {:keys [mvn/version local/root]}] (:libs basis)] [lib (or version (str/replace (str root) (str project) "."))]))
         :order (vec (distinct (keep #(:lib-name (get by-path %)) (:classpath-roots basis))))
         :files (vec (sort @served))})
      (catch Throwable error
        (let [cause (last (take-while some? (iterate ex-cause error)))]
          {:id id :ok false :error (str (.getSimpleName (class cause)) ": " (str/replace (str (ex-message cause)) #"\s+" " "))}))
      (finally (delete! folder)))))

(doseq [line (line-seq (BufferedReader. *in*))] (println (json (ask (edn/read-string line)))))
(shutdown-agents)
(System/exit 0)
