import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  server: {
    strictPort: true,
    proxy: { "/api": process.env.DEVPM_URL_BACKEND ?? "http://127.0.0.1:5050" },
  },
});
