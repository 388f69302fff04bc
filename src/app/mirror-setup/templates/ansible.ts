/** A playbook for Ansible that installs the other files. It has only modules of ansible.builtin, and changes nothing the second time. */
import type { CheckedValues } from '../values.js';

/** Wraps the site into a whole configuration for `nginx -t`. */
const validate =
  'sh -c \'echo "events {} http { include $0; }" > "$0.main" && nginx -t -q -c "$0.main"; code=$?; rm -f "$0.main"; exit $code\' %s';

/** Long because a reader knows the file as a whole. */
export function ansiblePlaybook({ to, user, domain }: CheckedValues): string {
  const quoted = JSON.stringify;
  return `# Installs the mirror of Clojars at ${domain}: ansible-playbook -i INVENTORY playbook.yml
# Packages, users and services have the tag 'system'. Everything else goes below 'prefix', so that it can be tried out.
- name: Mirror of Clojars
  hosts: all
  become: "{{ prefix == '' }}"
  vars:
    prefix: ""
    mirror_root: ${quoted(to)}
    mirror_user: ${quoted(user)}
  tasks:
    - name: Install nginx
      ansible.builtin.package:
        name: nginx
        state: present
      tags: [system]
    - name: Create the user of the mirror
      ansible.builtin.user:
        name: "{{ mirror_user }}"
        system: true
        home: "{{ mirror_root }}"
        create_home: false
        shell: /usr/sbin/nologin
      tags: [system]
    - name: Create folders
      ansible.builtin.file:
        path: "{{ prefix }}{{ item }}"
        state: directory
        mode: "0755"
      loop:
        - "{{ mirror_root }}"
        - /etc/nginx/conf.d
        - /etc/systemd/system
    - name: Give the mirror to its user
      ansible.builtin.file:
        path: "{{ mirror_root }}"
        state: directory
        owner: "{{ mirror_user }}"
        mode: "0755"
      tags: [system]
    - name: Install the site
      ansible.builtin.copy:
        src: clojars-mirror.nginx.conf
        dest: "{{ prefix }}/etc/nginx/conf.d/clojars-mirror.conf"
        mode: "0644"
        validate: ${quoted(validate)}
      notify: Reload nginx
    - name: Install the service and the timer
      ansible.builtin.copy:
        src: "{{ item }}"
        dest: "{{ prefix }}/etc/systemd/system/{{ item }}"
        mode: "0644"
      loop:
        - clojars-mirror.service
        - clojars-mirror.timer
    - name: Start the timer
      ansible.builtin.systemd:
        name: clojars-mirror.timer
        daemon_reload: true
        enabled: true
        state: started
      tags: [system]
  handlers:
    - name: Reload nginx
      ansible.builtin.service:
        name: nginx
        state: reloaded
      when: prefix == ''
`;
}
